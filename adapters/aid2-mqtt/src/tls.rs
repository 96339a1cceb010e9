//! TLS under the client library. Its own would bring the certificate stores of operating systems, which nobody here trusts.

use std::{io, sync::Arc};

use aid_tls::rustls::{ClientConfig, pki_types::ServerName};
use rumqttc::MqttOptions;
use tokio_rustls::TlsConnector;

/// Has the library connect over TLS, to a broker that shows a certificate of this name.
pub(crate) fn connect_with(options: &mut MqttOptions, config: Arc<ClientConfig>, host: &str) {
    let (connector, host) = (TlsConnector::from(config), host.to_owned());
    options.set_socket_connector(move |address, network| {
        let (connector, name) = (connector.clone(), ServerName::try_from(host.clone()));
        async move {
            let name = name.map_err(io::Error::other)?;
            let stream = rumqttc::default_socket_connect(address, network).await?;
            connector
                .connect(name, stream)
                .await
                .map_err(|error| match error.kind() {
                    // As good as an end in the middle of the handshake.
                    io::ErrorKind::ConnectionReset => io::Error::new(io::ErrorKind::UnexpectedEof, error),
                    _ => error,
                })
        }
    });
}
