//! Runnable programs for the AiD SDK; federation is the main job.
