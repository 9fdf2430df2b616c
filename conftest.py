"""Names the fixture modules; hooks are the plugin's."""

pytest_plugins = ["fixtures.artifacts"]
