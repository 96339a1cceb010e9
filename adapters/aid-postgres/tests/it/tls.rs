//! TLS to the database, with certificates on both sides.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use aid_backend::store::StoreErrorKind;
use aid_postgres::{Options, PostgresStore};
use aid_tls::ClientTls;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::{cluster::Cluster, kit::connect};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Certificate and key: of this host, or of this role.
    fn issue(&self, name: &str) -> (String, String) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    fn client(&self, trusted: &Self) -> ClientTls {
        let (certificate, key) = self.issue("aid");
        ClientTls::from_pem(trusted.0.pem().as_bytes(), certificate.as_bytes(), key.as_bytes()).unwrap()
    }
}

fn write(cluster: &Cluster, path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    cluster.give(path);
}

#[tokio::test]
async fn who_demands_tls_is_not_served_without() {
    let config = "postgres://aid@127.0.0.1:1/aid?sslmode=require".parse().unwrap();
    let error = PostgresStore::connect(config, None, Options::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::WrongFormat);
}

#[tokio::test]
async fn both_sides_show_certificates_and_who_is_not_trusted_is_refused() {
    crate::limit::limit();
    let Some(mut cluster) = Cluster::start(&["fsync=off"]) else {
        return;
    };
    let (ours, others) = (Authority::new(), Authority::new());
    let (certificate, key) = ours.issue("localhost");
    let data = cluster.data();
    write(&cluster, &data.join("server.crt"), &certificate);
    write(&cluster, &data.join("server.key"), &key);
    write(&cluster, &data.join("root.crt"), &ours.0.pem());
    let hba = "hostssl all all 127.0.0.1/32 cert\nhostnossl template1 all 127.0.0.1/32 trust\n";
    write(&cluster, &data.join("pg_hba.conf"), hba);
    write(
        &cluster,
        &data.join("postgresql.auto.conf"),
        "ssl = on\nssl_ca_file = 'root.crt'\n",
    );
    cluster.restart("INT");

    let store = PostgresStore::connect(cluster.config(), Some(ours.client(&ours)), Options::default())
        .await
        .unwrap();
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE ssl AND application_name = 'aid' AND client_dn = '/CN=aid'";
    let mut plain = cluster.config();
    plain.dbname("template1");
    let watcher = connect(&plain).await;
    assert_eq!(watcher.query_one(encrypted, &[]).await.unwrap().get::<_, i64>(0), 1);
    drop(store);

    let refused = async |tls, host: &str| {
        let url = cluster.url().replace("localhost", host);
        PostgresStore::connect(url.parse().unwrap(), tls, Options::default())
            .await
            .unwrap_err()
    };
    for (tls, host) in [
        (Some(ours.client(&others)), "localhost"),
        (Some(others.client(&ours)), "localhost"),
        (Some(ours.client(&ours)), "another.example"),
        (None, "localhost"),
    ] {
        let error = refused(tls, host).await;
        assert_eq!(
            error.kind(),
            StoreErrorKind::Unavailable,
            "{:?}",
            std::error::Error::source(&error)
        );
    }
}
