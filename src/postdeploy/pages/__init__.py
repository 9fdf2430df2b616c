"""Page objects, one package per system: locators and actions, whose returns checks judge."""
