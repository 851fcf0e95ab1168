"""The only folder that knows Microsoft Graph: token, client, invitations, members, error table."""
