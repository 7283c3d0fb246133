"""Who somebody is and what they may do: users, roles, sessions, one-use links, audit log."""
