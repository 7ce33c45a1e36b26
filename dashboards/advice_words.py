"""What can be done about each signal, and how urgent it is: words of the page about what would help."""

from dashboards.words import lazy_gettext

DO = {
    "boot": lazy_gettext("See which programs start with the laptop, and take out those that nobody needs."),
    "signin": lazy_gettext("Look at scripts, policies and network drives that run at sign-in."),
    "crash": lazy_gettext("Find the application and version that crashes most, and update it or go back."),
    "hang": lazy_gettext(
        "Find the application that hangs most; ask for its update, or move its data nearer."
    ),
    "oscrash": lazy_gettext("Update drivers and firmware of the laptops concerned."),
    "cpu": lazy_gettext("See what works in the background at busy hours, and move it to quiet ones."),
    "memory": lazy_gettext("Give more memory to those who need it, and close what runs unasked."),
    "disk": lazy_gettext("Move scans and backups out of working hours; replace slow disks."),
    "latency": lazy_gettext(
        "Compare sites and remote work; check Wi-Fi, the tunnel and the way to services."
    ),
    "loss": lazy_gettext("Check Wi-Fi cover and the lines of the site that loses most."),
    "battery": lazy_gettext("Replace worn batteries, those of people who travel first."),
    "space": lazy_gettext("Clear old files and profiles, or give larger disks."),
    "patch": lazy_gettext("See why security updates wait, and let them in at a time that suits people."),
}

PRIORITIES = {
    1: lazy_gettext("first"),
    2: lazy_gettext("next"),
    3: lazy_gettext("later"),
}
