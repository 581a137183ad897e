"""Item pipelines for Scrapy: one drops or marks articles that an index has seen, one cleans bodies printed twice.

``ADDONS = {"neardup.integrations.scrapy.NeardupAddon": 0}`` switches both on. Settings say what they do, whose names
begin with ``NEARDUP_``; the pipelines list them.
"""

from neardup.errors import NeardupError
from neardup.io.extras import needs_extra

try:
    import itemadapter  # noqa: F401
    import scrapy.utils.asyncio  # noqa: F401
except ImportError as error:
    raise NeardupError(f"a pipeline of Scrapy, 2.14 or newer, {needs_extra('scrapy')}") from error

from neardup.integrations.scrapy.pipelines import (
    ChangedItem,
    DoubledBodyPipeline,
    DuplicateItem,
    DuplicatesPipeline,
    KnownItem,
    NeardupAddon,
)
from neardup.integrations.scrapy.settings import SETTINGS

__all__ = [
    "SETTINGS",
    "ChangedItem",
    "DoubledBodyPipeline",
    "DuplicateItem",
    "DuplicatesPipeline",
    "KnownItem",
    "NeardupAddon",
]
