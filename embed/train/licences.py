"""Which licence a package has, and whether it is a free one."""

import re

_TEXTS = (("BUSL", "Business Source License"), ("SSPL", "Server Side Public"), ("Elastic", "Elastic License"),
          ("Apache-2.0", "Apache License"), ("Apache-2.0", "apache.org/licenses/LICENSE-2.0"),
          ("EPL", "Eclipse Public"), ("MPL", "Mozilla Public"), ("AGPL", "Affero General"),
          ("AGPL", "AFFERO GENERAL"), ("LGPL", "Lesser General"), ("LGPL", "LESSER GENERAL"),
          ("GPL", "General Public License"), ("GPL", "GENERAL PUBLIC LICENSE"),
          ("CDDL", "COMMON DEVELOPMENT AND DISTRIBUTION"), ("BSD", "Redistribution and use in source"),
          ("ISC", "Permission to use, copy, modify, and"), ("MIT", "Permission is hereby granted"),
          ("MIT", "MIT License"), ("BSD", "BSD License"), ("BSD", "BSD-style"), ("CC0", "CC0 1.0"))

_FREE = re.compile(
    r"\bMIT|Apache|BSD|\bISC\b|GPL|General Public|MPL|Mozilla|Python Software|\bPSF|zlib|Unlicense"
    r"|Public.Domain|CC0|BlueOak|BSL-1\.0|\bEPL|Eclipse|\bEDL|Artistic|WTFPL|ZPL|Zope|NCSA|Unicode"
    r"|DFSG|bzip2|Internet Systems|CDDL|CDLA-Permissive", re.I)
_NOT_FREE = re.compile(r"see |propriet|commons.clause|business|busl|sspl|elastic|modified|commercial", re.I)


def of_text(text):
    """The licence a licence file or a file's header names; empty where it names none known."""
    return next((name for name, mark in _TEXTS if mark in text), "")


def is_free(licence):
    return bool(_FREE.search(licence)) and not _NOT_FREE.search(licence)
