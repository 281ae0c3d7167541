"""HTTP for the nodes that run jobs, for the scheduler, and for how all of them are doing."""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.http.request import split_domain_port
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import ApiViewSet
from jobs import node_rows, switches
from jobs.bodies import HeartbeatBody
from jobs.filters import NodeFilterSet
from jobs.fleet_status import fleet_status
from jobs.heartbeats import RunningTry, heartbeat
from jobs.models import Node, Scheduler
from jobs.node_serializers import (
    NodeBody,
    NodeDetailsSerializer,
    NodeSerializer,
    SchedulerBody,
    SchedulerSerializer,
)
from jobs.serializers import OrdersSerializer
from jobs.status_serializers import FleetStatusSerializer


@extend_schema_view(list=extend_schema(summary="List nodes"))
class NodeViewSet(ListModelMixin, ApiViewSet[Node]):
    """The nodes that run jobs."""

    bodies = {"partial_update": NodeBody}
    queryset = Node.objects.all()
    serializer_class = NodeSerializer
    filterset_class = NodeFilterSet
    lookup_value_converter = "number"
    right: str | None = None

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the nodes of the page."""
        page: Any = super().paginate_queryset(node_rows.columns_of_nodes(queryset))
        return [self._for_reader(node_rows.shown_node(row)) for row in page]

    @extend_schema(summary="Show one node", responses={200: NodeDetailsSerializer})
    def retrieve(self, request: Request, pk: int) -> Response:
        """With the jobs that run on it, counted by job type."""
        return self._details(pk)

    @extend_schema(summary="Edit a node", responses={200: NodeDetailsSerializer})
    def partial_update(self, request: Request, pk: int, **kwargs: object) -> Response:
        """A field that is absent stays as it is. What runs on a node that is paused or deprecated goes on."""
        body = NodeBody(data=request.data)
        body.is_valid(raise_exception=True)
        switches.edit_node(pk=pk, fields=body.changes, shown=body.shown)
        return self._details(pk)

    @extend_schema(
        operation_id="nodes_heartbeat", summary="Keep the jobs that a node runs", responses={200: OrdersSerializer}
    )
    @action(
        detail=False,
        methods=["post"],
        pagination_class=None,
        filterset_class=None,
        serializer_class=HeartbeatBody,
        right="jobs.claim_job",
    )
    def heartbeat(self, request: Request) -> Response:
        """Renews the leases of these jobs, and says which of them are to be stopped.

        Send it three times in a lease. `OTHER_ACCOUNT` (403): the node is another account's.
        """
        body = HeartbeatBody.read(request)
        tries = [RunningTry(**one) for one in body.pop("jobs")]
        orders = heartbeat(**body, tries=tries, account=cast(User, request.user))
        return Response(OrdersSerializer({"results": orders, "lease_seconds": settings.LEASE_SECONDS}).data)

    def _details(self, pk: int) -> Response:
        row = node_rows.node_row(pk)
        if row is None:
            raise switches.no_such_node(pk)
        details = {**self._for_reader(node_rows.shown_node(row)), "running": node_rows.running_on(row["hostname"])}
        return Response(NodeDetailsSerializer(details).data)

    def _for_reader(self, shown: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a node without the name of its account, unless the reader has an account."""
        return shown if self.request.user.is_authenticated else node_rows.without_account(shown)


class SchedulerViewSet(ApiViewSet[Scheduler]):
    """What holds for all claims."""

    bodies = {"partial_update": SchedulerBody}
    queryset = Scheduler.objects.all()
    serializer_class = SchedulerSerializer
    pagination_class = None

    @extend_schema(summary="Show the scheduler")
    def retrieve(self, request: Request) -> Response:
        """Whether it is paused."""
        row = Scheduler.objects.filter(pk=1).values("is_paused").first()
        return Response(SchedulerSerializer(row or {"is_paused": False}).data)

    @extend_schema(summary="Pause or resume the scheduler", responses={200: SchedulerSerializer})
    def partial_update(self, request: Request) -> Response:
        """While it is paused, no node gets a job; what runs goes on."""
        scheduler = switches.edit_scheduler(fields=SchedulerBody.read(request))
        return Response(SchedulerSerializer(scheduler).data)


class FleetStatusViewSet(ApiViewSet[Node]):
    """How the fleet is doing."""

    queryset = Node.objects.all()
    serializer_class = FleetStatusSerializer  # for the API document; what it shows is in jobs.fleet_status
    pagination_class = None

    @extend_schema(summary="Show how the fleet is doing")
    def retrieve(self, request: Request) -> Response:
        """What nodes have, what runs on them, and how their tries ended within the last three hours."""
        status = fleet_status()
        hostname, _ = split_domain_port(request.get_host())
        scheduler = {"hostname": hostname, "state": status["scheduler"], "warnings": []}
        database = {"OK": True, "detail": {"msg": "The database answers."}, "errors": [], "warnings": []}
        shown = {**status, "scheduler": scheduler, "dependencies": {"database": database}}
        # As it is: of a thousand nodes it has ten thousand rows, with the members that their serializers declare.
        return Response(shown)
