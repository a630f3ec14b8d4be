"""A SPIFFE agent's Workload API on a UNIX socket, until standard input ends. Arguments: the socket; files of DER: the leaf, the
intermediate and the key (PKCS#8), which are read at each call. Without them it refuses as an agent does that knows of no entry.
Prints `ready`, and for each call a line."""

import sys
import time
from concurrent import futures

import grpc
from spiffe._proto import workload_pb2, workload_pb2_grpc

socket, *files = sys.argv[1:]


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Agent(workload_pb2_grpc.SpiffeWorkloadAPIServicer):
    def FetchX509SVID(self, request, context):
        header = dict(context.invocation_metadata()).get("workload.spiffe.io")
        print("call", header, flush=True)
        if header != "true":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "security header missing from request")
        if not files:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "no identity issued")
        leaf, middle, key = map(read, files)
        svid = workload_pb2.X509SVID(
            spiffe_id="spiffe://example.org/workload",
            x509_svid=leaf + middle,
            x509_svid_key=key,
            bundle=middle,
        )
        other = workload_pb2.X509SVID(spiffe_id="spiffe://example.org/other", x509_svid=b"", x509_svid_key=b"")
        yield workload_pb2.X509SVIDResponse(svids=[svid, other], crl=[b"", b"x" * 70000])
        # The stream stays open for renewals, as an agent's does.
        while context.is_active():
            time.sleep(0.1)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
workload_pb2_grpc.add_SpiffeWorkloadAPIServicer_to_server(Agent(), server)
assert server.add_insecure_port(f"unix:{socket}")
server.start()
print("ready", flush=True)
sys.stdin.read()
server.stop(0)
