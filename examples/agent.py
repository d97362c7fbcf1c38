#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Three zones on one switch, made and taken away by a program: agent.c in Python.

    for z in web app db; do ip netns add $z; done
    agent.py up web app db
    agent.py down
"""

import sys

import vwire

SWITCH = "agent0"
VNICS = ("agent1", "agent2", "agent3")


def up(h: vwire.Handle, zones: list[str]) -> None:
    # Temporary: a reboot takes the namespaces away, so it may take the links too.
    h.create_etherstub(SWITCH, temporary=True)
    try:
        h.create_vnics(
            [vwire.NewVnic(name, SWITCH, zone=zone) for name, zone in zip(VNICS, zones)],
            temporary=True)
    except vwire.Error:
        h.delete_etherstub(SWITCH)  # none of the three was made
        raise


def show(h: vwire.Handle) -> None:
    row = "{:<8} {:<8} {:<8} {:<6} {}".format
    print(row("LINK", "OVER", "ZONE", "STATE", "MACADDRESS"))
    for link in h.links(over=SWITCH):
        print(row(link.name, link.over, link.zone or "--", link.state, link.mac))


def main(args: list[str]) -> None:
    with vwire.open() as h:
        if args[:1] == ["up"] and len(args) == 1 + len(VNICS):
            up(h, args[1:])
            show(h)
        elif args == ["down"]:
            h.delete_vnic(VNICS)
            h.delete_etherstub(SWITCH)
        else:
            sys.exit("usage: agent.py up ZONE ZONE ZONE | agent.py down")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except vwire.Error as error:
        print(f"agent.py: {error}", file=sys.stderr)
        if error.hint:
            print(f"agent.py: hint: {error.hint}", file=sys.stderr)
        sys.exit(1)
