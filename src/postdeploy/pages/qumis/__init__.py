"""The pages of Qumis as a person finds them: by role, label and text."""
