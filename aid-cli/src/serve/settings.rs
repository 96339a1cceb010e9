//! What a server is told when it starts, once for flags and for `--config`.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
};

use aid_types::ApiKey;
use aid1_axum::ServerTls;
use serde::Deserialize;

use super::limits::Limits;
use crate::args::{Certificates, Usage, file, optional_file};

/// Flags, and what a TOML file says under the same names.
#[derive(Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// Where to listen; port 0 takes a free one. Without certificates a loopback address
    #[arg(long, value_name = "ADDRESS:PORT", required_unless_present = "config")]
    listen: Option<String>,
    /// Where to tell of itself, see below: a loopback address
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin: Option<String>,
    /// What opens the seed and the state there: a text of at least 16 characters
    #[arg(long, value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
    /// What the server knows when it starts: a JSON object, see below
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    seed: Option<PathBuf>,
    /// Where to keep what happens: memory, sqlite:FILE or postgres://…
    #[arg(long, value_name = "WHERE")]
    database: Option<String>,
    /// Who issued the certificate of the PostgreSQL server, which is spoken to over TLS then
    #[arg(long, value_name = "PEM")]
    database_ca: Option<PathBuf>,
    /// As whom to appear there: our certificate, and its authorities; with --database-key
    #[arg(long, value_name = "PEM")]
    database_cert: Option<PathBuf>,
    /// The private key of --database-cert
    #[arg(long, value_name = "PEM")]
    database_key: Option<PathBuf>,
    /// Our certificate, and those that lead to the authority; with --tls-key and --client-ca
    #[arg(long, value_name = "PEM")]
    tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert
    #[arg(long, value_name = "PEM")]
    tls_key: Option<PathBuf>,
    /// Who issues the certificates of the clients
    #[arg(long, value_name = "PEM")]
    client_ca: Option<PathBuf>,
    /// Which of them were revoked
    #[arg(long, value_name = "PEM")]
    client_crl: Option<PathBuf>,
    /// Where the other party is called; http for this machine only
    #[arg(long, value_name = "URL")]
    peer: Option<String>,
    /// Who issued the certificate of the peer, which https needs
    #[arg(long, value_name = "PEM")]
    peer_ca: Option<PathBuf>,
    /// As whom to appear there: our certificate, and its authorities; with --peer-key
    #[arg(long, value_name = "PEM")]
    peer_cert: Option<PathBuf>,
    /// The private key of --peer-cert
    #[arg(long, value_name = "PEM")]
    peer_key: Option<PathBuf>,
    /// MSP: answer activation code requests with 201, and send the codes to --peer
    #[arg(long)]
    #[serde(default)]
    asynchronous: bool,
    /// How many calls the partner may have under way at a time; more are answered 503
    #[arg(long, value_name = "NUMBER")]
    calls_in_flight: Option<NonZeroUsize>,
    /// How many calls the partner may begin in a second; more are answered 503
    #[arg(long, value_name = "NUMBER")]
    calls_per_second: Option<NonZeroU32>,
    /// Refuse what deviates from Annex B to the letter
    #[arg(long)]
    #[serde(default)]
    strict: bool,
}

impl Settings {
    /// What a file says. A path in it begins where the file is.
    fn of_file(path: &Path) -> Result<Self, Usage> {
        let failed = |problem: &str| Usage(format!("--config: {}", problem.trim_end()));
        let text = String::from_utf8(file("--config", path)?).map_err(|_| failed("not UTF-8"))?;
        let mut settings: Self = toml::from_str(&text).map_err(|error| failed(&error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in settings.files_mut() {
            *path = folder.join(&*path);
        }
        if let Some(file) = settings
            .database
            .as_deref()
            .and_then(|text| text.strip_prefix("sqlite:"))
        {
            settings.database = Some(format!("sqlite:{}", folder.join(file).display()));
        }
        Ok(settings)
    }

    /// With what a file says where these flags say nothing.
    pub(crate) fn or_file(self, path: Option<&Path>) -> Result<Self, Usage> {
        let file = path.map(Self::of_file).transpose()?.unwrap_or_default();
        Ok(Self {
            listen: self.listen.or(file.listen),
            admin: self.admin.or(file.admin),
            admin_token_file: self.admin_token_file.or(file.admin_token_file),
            seed: self.seed.or(file.seed),
            database: self.database.or(file.database),
            database_ca: self.database_ca.or(file.database_ca),
            database_cert: self.database_cert.or(file.database_cert),
            database_key: self.database_key.or(file.database_key),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            client_ca: self.client_ca.or(file.client_ca),
            client_crl: self.client_crl.or(file.client_crl),
            peer: self.peer.or(file.peer),
            peer_ca: self.peer_ca.or(file.peer_ca),
            peer_cert: self.peer_cert.or(file.peer_cert),
            peer_key: self.peer_key.or(file.peer_key),
            asynchronous: self.asynchronous || file.asynchronous,
            calls_in_flight: self.calls_in_flight.or(file.calls_in_flight),
            calls_per_second: self.calls_per_second.or(file.calls_per_second),
            strict: self.strict || file.strict,
        })
    }

    fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tls = [
            &mut self.tls_cert,
            &mut self.tls_key,
            &mut self.client_ca,
            &mut self.client_crl,
        ];
        let others = [
            &mut self.seed,
            &mut self.admin_token_file,
            &mut self.database_ca,
            &mut self.database_cert,
            &mut self.database_key,
            &mut self.peer_ca,
            &mut self.peer_cert,
            &mut self.peer_key,
        ];
        tls.into_iter().chain(others).flatten()
    }

    /// Everything that is read again when it changes.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let tls = [&self.tls_cert, &self.tls_key, &self.client_ca, &self.client_crl];
        let peer = [&self.peer_ca, &self.peer_cert, &self.peer_key];
        let all = tls.into_iter().chain(peer).chain([&self.seed]).flatten();
        all.map(PathBuf::as_path)
    }

    pub(crate) fn listen(&self) -> Result<&str, Usage> {
        let listen = self.listen.as_deref();
        listen.ok_or_else(|| Usage::new("--listen: said neither here nor in --config"))
    }

    pub(crate) fn admin(&self) -> Option<&str> {
        self.admin.as_deref()
    }

    /// The token of the admin address.
    pub(crate) fn admin_token(&self) -> Result<Option<ApiKey>, Usage> {
        let Some(content) = optional_file("--admin-token-file", self.admin_token_file.as_deref())? else {
            return Ok(None);
        };
        let token = String::from_utf8(content).unwrap_or_default();
        let token = Some(token.trim()).filter(|token| token.len() >= 16);
        let token = token.and_then(|token| token.parse().ok());
        token.map(Some).ok_or_else(|| {
            Usage::new("--admin-token-file: expected at least 16, and at most 512, visible ASCII characters")
        })
    }

    pub(crate) fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    pub(crate) fn database_certificates(&self) -> Certificates {
        Certificates {
            ca: self.database_ca.clone(),
            cert: self.database_cert.clone(),
            key: self.database_key.clone(),
        }
    }

    pub(crate) fn seed(&self) -> Result<&Path, Usage> {
        let seed = self.seed.as_deref();
        seed.ok_or_else(|| Usage::new("--seed: said neither here nor in --config"))
    }

    pub(crate) fn peer(&self) -> Option<&str> {
        self.peer.as_deref()
    }

    pub(crate) fn peer_certificates(&self) -> Certificates {
        Certificates {
            ca: self.peer_ca.clone(),
            cert: self.peer_cert.clone(),
            key: self.peer_key.clone(),
        }
    }

    pub(crate) const fn asynchronous(&self) -> bool {
        self.asynchronous
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits::new(self.calls_in_flight, self.calls_per_second)
    }

    pub(crate) const fn strict(&self) -> bool {
        self.strict
    }

    /// As whom the server appears, and whose clients it admits. `None` for plain http.
    pub(crate) fn tls(&self) -> Result<Option<ServerTls>, Usage> {
        let authorities = optional_file("--client-ca", self.client_ca.as_deref())?;
        let revoked = optional_file("--client-crl", self.client_crl.as_deref())?;
        let chain = optional_file("--tls-cert", self.tls_cert.as_deref())?;
        let key = optional_file("--tls-key", self.tls_key.as_deref())?;
        let tls = match (authorities, revoked, chain, key) {
            (None, None, None, None) => return Ok(None),
            (Some(authorities), None, Some(chain), Some(key)) => ServerTls::from_pem(&authorities, &chain, &key),
            (Some(authorities), Some(revoked), Some(chain), Some(key)) => {
                ServerTls::from_pem_with_crls(&authorities, &revoked, &chain, &key)
            }
            _ => {
                return Err(Usage::new(
                    "--tls-cert, --tls-key and --client-ca: one needs the others",
                ));
            }
        };
        tls.map(Some).map_err(|error| Usage(error.to_string()))
    }
}
