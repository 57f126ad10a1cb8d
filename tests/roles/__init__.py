"""Who may call what: the table (`table`), the world it speaks of (`world`), one valid request a route (`requests`)."""
