"""Fine-tuning: settings, processes, teachers, the loop and its checkpoints."""
