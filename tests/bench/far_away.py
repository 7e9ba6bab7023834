"""Makes a server on loopback look far away.

    python far_away.py PORT SERVER_PORT ROUND_TRIP_MS

Everything that passes arrives half a round trip later, in each direction, and a
connection costs one round trip before its first byte, as its handshake would.
"""

import asyncio
import sys


async def carry(reader, writer, seconds: float, handshake: float) -> None:
    """Passes bytes on, each piece so many seconds after it came."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue = asyncio.Queue()

    async def receive() -> None:
        ready = loop.time() + handshake
        while piece := await reader.read(1 << 16):
            await pieces.put((max(loop.time(), ready) + seconds, piece))
        await pieces.put((loop.time() + seconds, b""))

    receiving = asyncio.create_task(receive())
    try:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - loop.time())
            if not piece:
                return
            writer.write(piece)
            await writer.drain()
    finally:
        receiving.cancel()
        writer.close()


async def main(port: int, server: int, round_trip: float) -> None:
    """Listens for ever."""

    async def connected(reader, writer) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", server)
        both = (
            carry(reader, back, round_trip / 2, handshake=round_trip),
            carry(there, writer, round_trip / 2, handshake=0),
        )
        await asyncio.gather(*both, return_exceptions=True)

    listening = await asyncio.start_server(connected, "127.0.0.1", port, backlog=1024)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 1000))
