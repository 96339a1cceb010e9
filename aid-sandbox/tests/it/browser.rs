//! What a user's browser does: forms, redirects, and pages that are loaded until they show something.

use std::time::Duration;

use reqwest::{Client, Response, header, redirect::Policy};

pub(crate) const FIRST: &str = "WBAUX11030A334483";
pub(crate) const SECOND: &str = "WBA71DC010CH14720";

pub(crate) struct Browser {
    client: Client,
    origin: String,
}

impl Browser {
    pub(crate) fn new(index: &str) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let origin = index.trim_end_matches('/').to_owned();
        Self { client, origin }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.origin);
        self.client.get(url).send().await.unwrap()
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// A form of one of the pages.
    pub(crate) async fn post(&self, path: &str) -> Response {
        self.post_from(path, &self.origin).await
    }

    pub(crate) async fn post_from(&self, path: &str, origin: &str) -> Response {
        let url = format!("{}{path}", self.origin);
        let post = self.client.post(url).header(header::ORIGIN, origin);
        post.send().await.unwrap()
    }

    /// Clicks, and comes back to a page.
    pub(crate) async fn click(&self, path: &str) {
        let reply = self.post(path).await;
        assert_eq!(reply.status(), 303, "{path}");
    }

    /// Returns when both parties know of it.
    pub(crate) async fn onboard(&self, user: &str) {
        self.click(&format!("/onboard/{user}")).await;
        let onboarded = |row: &str| row.contains(&format!(">{user}<")) && row.contains("<td>onboarded</td>");
        self.index_shows(|index| index.split("<tr>").any(onboarded)).await;
    }

    /// What stands on the page about this car.
    pub(crate) async fn car(&self, vin: &str) -> String {
        let cars = self.text("/cars").await;
        let car = cars
            .split("<section ")
            .find(|car| car.starts_with(&format!("id=\"{vin}\"")));
        car.expect("the car").to_owned()
    }

    /// Loads the page until it shows this of the car.
    pub(crate) async fn car_shows(&self, vin: &str, what: &str) -> String {
        until(async || self.car(vin).await, |car| car.contains(what)).await
    }

    /// The same, of the page that leads to the others.
    pub(crate) async fn index_shows(&self, so: impl Fn(&str) -> bool) -> String {
        until(async || self.text("/").await, so).await
    }
}

/// Machines are slow.
const PATIENCE: Duration = Duration::from_secs(40);

async fn until(load: impl AsyncFn() -> String, so: impl Fn(&str) -> bool) -> String {
    let mut page = String::new();
    let shown = async {
        loop {
            page = load().await;
            if so(&page) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let shown = tokio::time::timeout(PATIENCE, shown).await;
    assert!(shown.is_ok(), "it never came: {page}");
    page
}
