//! One question and one answer, a line each, over a connection of their own.

use std::{future::Future, io};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// Asks. An error where the other side went away before it had answered.
pub(crate) async fn ask(port: u16, question: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(format!("{question}\n").as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).await?;
    let answer = answer.strip_suffix('\n').ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(answer.to_owned())
}

/// Answers whoever asks; who hangs up before, makes that the answer is dropped half way.
pub(crate) async fn serve<F: Future<Output = String> + Send>(
    listener: TcpListener,
    answer: impl Fn(String) -> F + Clone + Send + Sync + 'static,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let answer = answer.clone();
        tokio::spawn(async move {
            let (read, mut write) = stream.into_split();
            let (mut read, mut question) = (BufReader::new(read), String::new());
            if read.read_line(&mut question).await.is_err() || !question.ends_with('\n') {
                return;
            }
            tokio::select! {
                text = answer(question.trim_end().to_owned()) => {
                    let _ = write.write_all(format!("{text}\n").as_bytes()).await;
                }
                _ = read.read_u8() => {}
            }
        });
    }
}
