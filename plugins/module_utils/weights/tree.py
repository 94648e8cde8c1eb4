# Copyright (c) 2026, portable.model_env contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the Hub for the files of a repository, page by page.

Not through huggingface_hub, which goes to whatever address a page names as the next, the token with it, holds the
entries of all pages as objects, and has no limit for their number or for the time of an answer.
"""

from __future__ import annotations

import time
from urllib.parse import quote, urlsplit

from ansible_collections.portable.model_env.plugins.module_utils.names import shown
from ansible_collections.portable.model_env.plugins.module_utils.network.http import same_place
from ansible_collections.portable.model_env.plugins.module_utils.network.pages import Page, PageReader
from ansible_collections.portable.model_env.plugins.module_utils.weights.listing import Tree, unbelievable
from ansible_collections.portable.model_env.plugins.module_utils.weights.transfer.remote_file import HubFile

LONGEST = 60.0
"""Times the limit for one request: how long a whole listing may take."""


def read_tree(
    web: PageReader, endpoint: str, repo_type: str, repo_id: str, revision: str, *, seconds: float
) -> tuple[Page, list[HubFile]]:
    """All files of a repository.

    :param web: asks the Hub; ``endpoint`` is its home.
    :param revision: commit, tag or branch.
    :param seconds: for all pages together.
    :returns: the last answer, and the files if its status is 200.
    :raises ModelEnvError: (``invalid``) what is listed cannot be.
    """
    where = f"{repo_type} {repo_id} at {endpoint}"
    url = f"{endpoint.rstrip('/')}/api/{repo_type}s/{repo_id}/tree/{quote(revision, safe='')}?recursive=true"
    tree, until = Tree(where), time.monotonic() + seconds
    while True:
        page = web.get(url)
        if page.status != 200:
            return page, []
        entries = tree.add(page.body)
        if not page.next_page:
            return page, tree.finish()
        if not entries:
            raise unbelievable(where, "a page of its listing is empty, and names a next one")
        if time.monotonic() > until:
            why = f"the listing is not complete after {seconds:.0f} seconds, {LONGEST:.0f} times that of a request"
            return Page(url, error=why), []
        if not same_place(page.next_page, endpoint):
            there, here = urlsplit(page.next_page), urlsplit(endpoint)
            raise unbelievable(
                where,
                f"its listing goes on at {shown(there.scheme + '://' + there.netloc.rpartition('@')[2])}, which is not"
                f" {here.scheme}://{here.netloc.rpartition('@')[2]}, and the token is for that alone",
            )
        url = page.next_page
