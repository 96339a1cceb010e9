//! The code of the README, compiled; the programs stand beside this folder.
