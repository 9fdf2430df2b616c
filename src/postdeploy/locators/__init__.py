"""How page objects declare what they look for, so that captions are data and the doctor can count."""
