//! The eUICC of a test, in software: it lives on when its vehicle's software does not.

use aid_types::{ActivationCode, Iccid};
use aid_vehicle::{Lpa as _, SoftwareEuicc};
use aid2_mqtt::{FileStore, MemoryStore};

pub(crate) fn iccid(number: usize) -> Iccid {
    format!("894450080517200{number:05}").parse().unwrap()
}

/// Brings [`iccid`] of this number.
pub(crate) fn code(number: usize) -> ActivationCode {
    format!("1$smdp.example.com${}", iccid(number)).parse().unwrap()
}

pub(crate) async fn empty() -> SoftwareEuicc {
    SoftwareEuicc::open(MemoryStore::new()).await.unwrap()
}

/// What is installed, and whether it is enabled.
pub(crate) async fn profiles(euicc: &SoftwareEuicc) -> Vec<(Iccid, bool)> {
    let listed = euicc.list().await.unwrap();
    listed.iter().map(|profile| (profile.iccid, profile.enabled)).collect()
}

#[tokio::test]
async fn an_euicc_in_software_behaves_like_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("euicc");
    let euicc = SoftwareEuicc::open(FileStore::open(&file).unwrap()).await.unwrap();
    let any: ActivationCode = "1$smdp.example.com$ANY-CODE".parse().unwrap();
    let one = euicc.download(code(1), None).await.unwrap().iccid;
    let other = euicc.download(any.clone(), Some(vec![one])).await.unwrap().iccid;
    assert_eq!((one, other.as_str()), (iccid(1), "8976833781618149717"));

    // Used up, unless this download brought the profile, and its vehicle's software died.
    assert!(euicc.download(any.clone(), Some(vec![one, other])).await.is_err());
    assert!(euicc.download(any.clone(), None).await.is_err());
    assert_eq!(euicc.download(any, Some(vec![one])).await.unwrap().iccid, other);

    // One at a time; nothing deletes what is enabled.
    euicc.enable(one).await.unwrap();
    euicc.enable(other).await.unwrap();
    assert_eq!(profiles(&euicc).await, [(one, false), (other, true)]);
    assert!(euicc.delete(other).await.is_err());
    assert!(euicc.enable(iccid(2)).await.is_err());
    euicc.delete(one).await.unwrap();
    euicc.delete(one).await.unwrap();

    drop(euicc);
    let again = SoftwareEuicc::open(FileStore::open(&file).unwrap()).await.unwrap();
    assert_eq!(profiles(&again).await, [(other, true)]);
}
