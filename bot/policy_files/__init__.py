"""Policy files where they lie: watching them, and asking Git who wrote them. The only folder that knows either."""
