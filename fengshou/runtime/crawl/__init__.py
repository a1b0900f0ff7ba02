"""`crawl`: pages made up in great number, linted, and opened one by one with the real client in Chromium.

`made` makes the pages, `stand` is the small bank they are served by, `browser` opens them, and `visit.js` is what looks
at each inside the browser: whether it opened, whether every text of its source stands there, what axe says.
"""

from fengshou.runtime.crawl.browser import Findings, chromium, crawl, look_at_shipped
from fengshou.runtime.crawl.made import answers, made_pages, shell

__all__ = ["Findings", "answers", "chromium", "crawl", "look_at_shipped", "made_pages", "shell"]
