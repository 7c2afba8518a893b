"""A network between this machine and a server on its loopback interface that loses, delays and holds
up packets, as netem does, which many kernels lack. The server seems to be on another machine: in a
network namespace of its own, with a TUN device at each end. This relays the packets
between the two devices; inside, each connection goes on to the server. All of it ends with this.

Argument: the server's port. Says "ready ADDRESS PORT", or why it cannot be; then each line of stdin
changes the network: "loss PROBABILITY", "delay LEAST MOST" in seconds, "rate BYTES_PER_SECOND" (0:
any), "silence on" and "silence off", "half-open" (what is connected now stays so, and hears nothing
any more), "reset" (RST to all that is connected). Needs CAP_NET_ADMIN and CAP_SYS_ADMIN.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import sys
import threading
import time

TUNSETIFF = 0x400454CA
TUN_WITHOUT_HEADER = 0x1001
CLONE_NEWNET = 0x40000000
LONGEST_QUEUE_SECONDS = 1.0  # at the rate; what comes then is lost, as in a router

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def tun(name, address, peer):
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), TUN_WITHOUT_HEADER))
    ip("address", "add", address, "peer", peer, "dev", name)
    ip("link", "set", name, "up")
    return device


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Network:
    def __init__(self):
        self.random = random.Random(1)
        self.loss = 0.0
        self.delay = (0.0, 0.0)
        self.rate = 0.0
        self.silent = False
        self.dead = set()  # ports at the near end

    def takes(self, packet, near_port):
        return (
            packet[0] >> 4 == 4
            and not self.silent
            and near_port not in self.dead
            and self.random.random() >= self.loss
        )


class Direction:
    """Packets from one device to the other."""

    def __init__(self, network, source, target, near_port_at):
        self.network = network
        self.source = source
        self.target = target
        self.near_port_at = near_port_at
        self.free_at = 0.0
        self.number = 0
        self.under_way = []  # (when it arrives, number, packet)
        self.changed = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()
        threading.Thread(target=self.write, daemon=True).start()

    def read(self):
        while True:
            packet = os.read(self.source, 1 << 16)
            at = (packet[0] & 15) * 4 + self.near_port_at
            near_port = int.from_bytes(packet[at : at + 2], "big")
            if self.network.takes(packet, near_port):
                self.carry(packet)

    def carry(self, packet):
        now = time.monotonic()
        if self.network.rate > 0:
            if self.free_at - now > LONGEST_QUEUE_SECONDS:
                return
            self.free_at = max(self.free_at, now) + len(packet) / self.network.rate
            now = self.free_at
        arrival = now + self.network.random.uniform(*self.network.delay)
        with self.changed:
            self.number += 1
            heapq.heappush(self.under_way, (arrival, self.number, packet))
            self.changed.notify()

    def write(self):
        while True:
            with self.changed:
                while not self.under_way or self.under_way[0][0] > time.monotonic():
                    self.changed.wait(
                        self.under_way[0][0] - time.monotonic() if self.under_way else None
                    )
                packet = heapq.heappop(self.under_way)[2]
            os.write(self.target, packet)


class Front:
    """What listens in the namespace, and goes on to the server outside."""

    def __init__(self, listener, server_port):
        self.listener = listener
        self.server_port = server_port
        self.near = {}  # port at the near end: socket
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near, address = self.listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self.server_port))
            except OSError:
                near.close()
                continue
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.near[address[1]] = near
            threading.Thread(target=self.copy, args=(near, far), daemon=True).start()
            threading.Thread(target=self.copy, args=(far, near), daemon=True).start()

    def copy(self, source, target):
        try:
            while True:
                # A thread that waits in recv() would keep a socket open that is closed to reset it.
                if not select.select([source], [], [], 0.1)[0]:
                    continue
                data = source.recv(1 << 16)
                if not data:
                    break
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except (OSError, ValueError):
            for each in (source, target):
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def reset(self):
        for near in self.near.values():
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            near.close()
        self.near.clear()


def main():
    number = os.getpid() % 16000 * 4
    here, there = (f"198.18.{(number + i) >> 8}.{(number + i) & 255}" for i in (1, 2))
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    near = tun(f"bad{os.getpid()}", here, there)
    check(libc.unshare(CLONE_NEWNET))
    ip("link", "set", "lo", "up")
    far = tun("bad0", there, here)
    listener = socket.create_server((there, 0))
    check(libc.setns(outside, CLONE_NEWNET))

    network = Network()
    Direction(network, near, far, 0)
    Direction(network, far, near, 2)
    front = Front(listener, int(sys.argv[1]))
    print("ready", there, listener.getsockname()[1], flush=True)
    for line in sys.stdin:
        match line.split():
            case ["loss", probability]:
                network.loss = float(probability)
            case ["delay", least, most]:
                network.delay = (float(least), float(most))
            case ["rate", rate]:
                network.rate = float(rate)
            case ["silence", state]:
                network.silent = state == "on"
            case ["half-open"]:
                network.dead.update(front.near)
            case ["reset"]:
                front.reset()
        print("done", flush=True)


try:
    main()
except (OSError, subprocess.CalledProcessError) as e:
    print("no network namespace with a TUN device here:", e, flush=True)
    os._exit(1)
os._exit(0)  # threads may be reading
