# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the molecule scenarios share: playbooks run as an operator does, commits, load, snapshots of hosts."""
