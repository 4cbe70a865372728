"""Invokes the function `fn` with boto3, from threads that share one client: boto3_load.py URL SECONDS.

Prints its figures as JSON.
"""

import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

THREADS = 64
WARM_UP_SECONDS = 0.5


def main(url: str, seconds: float) -> None:
    """Run the requests and print the figures."""
    client = boto3.client(
        "lambda",
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(max_pool_connections=THREADS, retries={"total_max_attempts": 1}),
    )

    def invoke_until(end: float) -> list[float]:
        times = []
        while (begin := time.monotonic()) < end:
            answer = client.invoke(FunctionName="fn", LogType="Tail", Payload=b'{"key1":"value1"}')
            json.loads(answer["Payload"].read())
            times.append(time.monotonic() - begin)
        return times

    with ThreadPoolExecutor(THREADS) as threads:

        def run(duration: float) -> list[float]:
            ends = [time.monotonic() + duration] * THREADS
            return [one for times in threads.map(invoke_until, ends) for one in times]

        run(WARM_UP_SECONDS)
        begin, cpu_begin = time.monotonic(), time.process_time()
        times = run(seconds)
        figures = {
            "requests": len(times),
            "seconds": time.monotonic() - begin,
            "p50_ms": statistics.median(times) * 1_000,
            "cpu_seconds": time.process_time() - cpu_begin,
        }
    print(json.dumps(figures))


main(sys.argv[1], float(sys.argv[2]))
