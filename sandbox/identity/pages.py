"""The identity provider's two forms, as HTML."""

from __future__ import annotations

from html import escape
from string import Template

from starlette.responses import HTMLResponse

_PAGE = Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in to your account</title>
<link rel="icon" href="data:,">
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-items: center;
         background: #eef1f6; color: #17202e; font: 16px/1.5 system-ui, sans-serif; }
  main { width: min(22rem, 90vw); padding: 2rem; background: #fff; border-radius: .75rem;
         box-shadow: 0 8px 30px rgb(23 32 46 / 12%); }
  h1 { margin: 0 0 .25rem; font-size: 1.35rem; }
  p { margin: 0 0 1.25rem; color: #5a6678; }
  label { display: block; margin: 1rem 0 .25rem; font-weight: 600; font-size: .9rem; }
  input { box-sizing: border-box; width: 100%; padding: .6rem .7rem; font: inherit;
          border: 1px solid #b8c1ce; border-radius: .4rem; }
  input:focus, button:focus { outline: 3px solid #9db8f5; outline-offset: 1px; }
  button { width: 100%; margin-top: 1.5rem; padding: .65rem; font: inherit; font-weight: 600;
           color: #fff; background: #2a4fb0; border: 0; border-radius: .4rem; cursor: pointer; }
  [role=alert] { margin: 0 0 .5rem; padding: .6rem .8rem; color: #8c1d18; background: #fcebea;
                 border-radius: .4rem; }
</style>
</head>
<body>
<main>
<h1>Sign in to your account</h1>
<p>to continue to Qumis</p>
$alert
<form method="post" action="$action">
<input type="hidden" name="login" value="$login">
$fields
</form>
</main>
</body>
</html>
"""
)
_PASSWORD_FIELDS = """<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Continue</button>"""
_CODE_FIELDS = """<label for="code">One-time code</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus>
<button type="submit">Verify</button>"""


def password_form(login_id: str, alert: str = "") -> HTMLResponse:
    """The form for e-mail and password."""
    return _form("/authorize", login_id, _PASSWORD_FIELDS, alert)


def code_form(login_id: str, alert: str = "") -> HTMLResponse:
    """The form for the one-time code."""
    return _form("/verify", login_id, _CODE_FIELDS, alert)


def _form(action: str, login_id: str, fields: str, alert: str) -> HTMLResponse:
    shown = f'<div role="alert">{escape(alert)}</div>' if alert else ""
    page = _PAGE.substitute(action=action, login=escape(login_id), fields=fields, alert=shown)
    return HTMLResponse(page, headers={"Cache-Control": "no-store"})
