"""Prints the region that botocore learns from the metadata service."""

from botocore.session import Session
from botocore.utils import IMDSRegionProvider

print(IMDSRegionProvider(Session()).provide())
