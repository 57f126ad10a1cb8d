"""What Bambu printers say and take. No Django and no network here: reports in, a view of the printer and what changed
out; payloads of commands, and what their answers mean. After what is published by OpenBambuAPI, ha-bambulab, bambu-rs.

A printer's reports are untrusted: everything here takes any JSON and never raises, and what is not understood is left
out. Absent means "as before", never "empty".
"""
