//! What a user's browser does: forms, redirects, cookies, and pages that are loaded until they show something.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use aid_sandbox::Addresses;
use reqwest::{Client, Method, Response, StatusCode, Url, header, redirect::Policy};

pub(crate) const FIRST: &str = "WBAUX11030A334483";
pub(crate) const SECOND: &str = "WBA71DC010CH14720";

/// Cookies are a host's, as in any browser.
pub(crate) struct Browser {
    client: Client,
    at: Addresses,
    cookies: Mutex<HashMap<String, String>>,
}

/// Where a browser ended up.
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Page {
    /// The form with this button: its action.
    pub(crate) fn form(&self, button: &str) -> Url {
        let button = format!("<button>{button}");
        let forms = self.text.split("<form ").find(|form| form.contains(&button));
        let form = forms.unwrap_or_else(|| panic!("no {button}: {}", self.text));
        let action = form.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
        let action = action.expect("an action").replace("&#38;", "&");
        self.url.join(&action).unwrap()
    }
}

impl Browser {
    pub(crate) fn new(at: &Addresses) -> Self {
        let mut client = Client::builder().no_proxy().redirect(Policy::none());
        // As browsers do, whatever the machine's resolver knows.
        for url in [&at.cmp, &at.msp] {
            let url: Url = url.parse().unwrap();
            let address = ([127, 0, 0, 1], url.port().unwrap()).into();
            client = client.resolve(url.host_str().unwrap(), address);
        }
        Self {
            client: client.build().unwrap(),
            at: at.clone(),
            cookies: Mutex::default(),
        }
    }

    /// One request, without following anything.
    pub(crate) async fn send(&self, method: Method, url: Url, origin: Option<&str>, body: &str) -> Response {
        let host = url.host_str().unwrap().to_owned();
        let mut request = self.client.request(method, url);
        if let Some(cookie) = self.cookies.lock().unwrap().get(&host) {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let reply = request.body(body.to_owned()).send().await.unwrap();
        if let Some(cookie) = reply.headers().get(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            self.cookies.lock().unwrap().insert(host, cookie);
        }
        reply
    }

    async fn follow(&self, mut url: Url, mut reply: Response) -> Page {
        for _ in 0..8 {
            let Some(location) = reply.headers().get(header::LOCATION) else {
                let (status, text) = (reply.status(), reply.text().await.unwrap());
                return Page { url, status, text };
            };
            url = url.join(location.to_str().unwrap()).unwrap();
            reply = self.send(Method::GET, url.clone(), None, "").await;
        }
        panic!("redirected too often: {url}");
    }

    pub(crate) async fn open(&self, url: &str) -> Page {
        let url: Url = url.parse().unwrap();
        let reply = self.send(Method::GET, url.clone(), None, "").await;
        self.follow(url, reply).await
    }

    /// Fills in the form with this button, and follows where it leads.
    pub(crate) async fn press(&self, page: &Page, button: &str, fields: &str) -> Page {
        let url = page.form(button);
        let origin = page.url.origin().ascii_serialization();
        let reply = self.send(Method::POST, url.clone(), Some(&origin), fields).await;
        assert!(
            reply.status().is_redirection() || reply.status().is_client_error(),
            "{url}"
        );
        self.follow(url, reply).await
    }

    /// A form of the pages of the sandbox itself.
    pub(crate) async fn post_from(&self, path: &str, origin: &str) -> Response {
        let url = self.url(path);
        self.send(Method::POST, url, Some(origin), "").await
    }

    pub(crate) async fn post(&self, path: &str) -> Response {
        let origin = self.at.index.trim_end_matches('/').to_owned();
        self.post_from(path, &origin).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, self.url(path), None, "").await
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    fn url(&self, path: &str) -> Url {
        self.at.index.parse::<Url>().unwrap().join(path).unwrap()
    }

    /// Clicks, and comes back to a page.
    pub(crate) async fn click(&self, path: &str) {
        let reply = self.post(path).await;
        assert_eq!(reply.status(), 303, "{path}");
    }

    /// At the CMP, from the first page to the one after the redirect back, with this as the secret knowledge.
    pub(crate) async fn onboard_at_the_cmp(&self, user: &str, ver: &str) -> Page {
        let home = self.home(&self.at.cmp, user).await;
        let msp = self.press(&home, "Onboard with the MSP", &format!("ver={ver}")).await;
        assert!(msp.url.as_str().starts_with(&self.at.msp), "{}", msp.url);
        // Whoever was there before is not asked again.
        let msp = match msp.text.contains("Log in as") {
            true => self.press(&msp, &format!("Log in as {user}"), "").await,
            false => msp,
        };
        let back = self.press(&msp, "Agree", "").await;
        assert!(back.url.as_str().starts_with(&self.at.cmp), "{}", back.url);
        back
    }

    /// The first page of a touchpoint, as this user.
    pub(crate) async fn home(&self, touchpoint: &str, user: &str) -> Page {
        let home = self.open(touchpoint).await;
        let home = match home.text.contains("Log out") {
            true => self.press(&home, "Log out", "").await,
            false => home,
        };
        self.press(&home, &format!("Log in as {user}"), "").await
    }

    /// By way of the CMP. Returns when both parties know of it.
    pub(crate) async fn onboard(&self, user: &str, ver: &str) {
        let back = self.onboard_at_the_cmp(user, ver).await;
        assert!(back.text.contains("<h1>It is done</h1>"), "{}", back.text);
        self.is_onboarded(user).await;
    }

    pub(crate) async fn is_onboarded(&self, user: &str) {
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

    /// The same, of any page.
    pub(crate) async fn page_shows(&self, url: &str, so: impl Fn(&str) -> bool) -> String {
        until(async || self.open(url).await.text, so).await
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
