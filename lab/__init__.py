"""The lab: six real Debian hosts in containers, for the demo, for molecule and for trying things out."""
