//! The diagrams in the documentation say what the code does.

use aid_procedures::{ServiceState, ServiceStep, cmp, msp};

use crate::diagram::diagram_agrees;

#[test]
fn diagrams_agree_with_the_code() {
    diagram_agrees!("service.rs", ServiceState, ServiceStep);
    diagram_agrees!("cmp/token_state.rs", cmp::TokenState, cmp::TokenStep);
    diagram_agrees!("cmp/session_state.rs", cmp::SessionState, cmp::SessionStep);
    diagram_agrees!("cmp/profile_state.rs", cmp::ProfileState, cmp::ProfileStep);
    diagram_agrees!("msp/token_state.rs", msp::TokenState, msp::TokenStep);
    diagram_agrees!("msp/profile_state.rs", msp::ProfileState, msp::ProfileStep);
}
