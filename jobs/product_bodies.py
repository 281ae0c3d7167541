"""The body of a product, in the report of the try that made it."""

from functools import partial

from core.api.bodies import BodySerializer
from core.api.fields import JSONIntegerField, JSONMomentField, JSONStringField, JSONUUIDField, ObjectBodyField
from files.models import File
from job_types.serializers import help_of

# With the commas of all members of each, they stay below what a body may hold (``seed.MOST_PARTS``).
MOST_PRODUCTS = 4_000
_help = partial(help_of, File)


class ProductBody(BodySerializer):
    """A file that a try left in a workspace.

    Here the types of values are checked alone. What is wrong with a value is a refusal of the change, as other
    changes of the request go on.
    """

    output = JSONStringField(allow_blank=True, help_text="The output of the manifest that it is of.")
    workspace = JSONStringField(allow_blank=True, help_text="The name of the workspace that its output goes to.")
    file_path = JSONStringField(
        allow_blank=True,
        trim_whitespace=False,
        help_text="Its path from the root of the workspace, below `product_path` of the claim.",
    )
    file_name = JSONStringField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="Its name; by default the last part of its path.",
    )
    file_size = JSONIntegerField(help_text=_help("file_size"))
    sha256 = JSONStringField(allow_blank=True, help_text="The SHA-256 digest of what it holds, in hexadecimal.")
    media_type = JSONStringField(
        required=False,
        allow_blank=True,
        help_text="Its media type; by default what the manifest says of its output.",
    )
    uuid = JSONUUIDField(required=False, help_text="Its universally unique id; by default one is made.")
    meta_data = ObjectBodyField(help_text=_help("meta_data"))
    data_started = JSONMomentField(required=False, allow_null=True, help_text=_help("data_started"))
    data_ended = JSONMomentField(required=False, allow_null=True, help_text=_help("data_ended"))
