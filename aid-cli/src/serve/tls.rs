//! As whom the server appears, and whose clients it admits.

use std::path::{Path, PathBuf};

use aid1_axum::ServerTls;

use crate::args::{Usage, optional_file};

/// The files of a server that speaks https.
#[derive(clap::Args)]
pub(crate) struct TlsFiles {
    /// Our certificate, and those that lead to the authority
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert
    #[arg(long, value_name = "PEM", requires = "client_ca")]
    tls_key: Option<PathBuf>,
    /// Who issues the certificates of the clients
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    client_ca: Option<PathBuf>,
    /// Which of them were revoked
    #[arg(long, value_name = "PEM", requires = "client_ca")]
    client_crl: Option<PathBuf>,
}

impl TlsFiles {
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let all = [&self.tls_cert, &self.tls_key, &self.client_ca, &self.client_crl];
        all.into_iter().flatten().map(PathBuf::as_path)
    }

    /// `None` for plain http.
    pub(crate) fn read(&self) -> Result<Option<ServerTls>, Usage> {
        let authorities = optional_file("--client-ca", self.client_ca.as_deref())?;
        let revoked = optional_file("--client-crl", self.client_crl.as_deref())?;
        let chain = optional_file("--tls-cert", self.tls_cert.as_deref())?;
        let key = optional_file("--tls-key", self.tls_key.as_deref())?;
        // They need one another.
        let (Some(authorities), Some(chain), Some(key)) = (authorities, chain, key) else {
            return Ok(None);
        };
        let tls = match revoked {
            Some(revoked) => ServerTls::from_pem_with_crls(&authorities, &revoked, &chain, &key),
            None => ServerTls::from_pem(&authorities, &chain, &key),
        };
        tls.map(Some).map_err(|error| Usage(error.to_string()))
    }
}
