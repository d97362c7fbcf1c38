# SPDX-License-Identifier: LGPL-2.1-or-later
"""How exact limits are, and how well they keep neighbours apart: rows of policy.py with traffic."""
import itertools
import random
import statistics
import time

import policy

RATES = {'64K': 64e3, '1M': 1e6, '10M': 1e7, '100M': 1e8, '1G': 1e9}
BARS = {'64K': None, '1M': 3, '10M': 1, '100M': 1, '1G': 1}    # per cent
# At once, milliseconds before and within the window. What a bucket holds at first must be over.
LANES = {'64K': (40, 8000, 24000), '1M': (40, 3000, 8000), '10M': (6, 1000, 3000),
         '100M': (1, 1000, 2000), '1G': (1, 1000, 2000)}
PEERS = {'wire': ('wire', 'wnet0', 2), 'VNIC': ('p0', 'peer0', 3), 'host': (None, 'net0', 1)}
WORDS = {('wire', 'out'): 'VNIC to wire', ('wire', 'in'): 'wire to VNIC',
         ('VNIC', 'out'): 'VNIC to VNIC', ('VNIC', 'in'): 'VNIC from VNIC',
         ('host', 'out'): 'VNIC to host', ('host', 'in'): 'host to VNIC',
         ('plain', 'out'): 'NIC, plain HTB'}
LINES = [(peer, way) for peer in PEERS for way in ('out', 'in', 'both')] + [('plain', 'out')]


class TrafficRow:
    """A row that prints and judges for itself; what bench.summary() and as_data() ask is here."""

    metric, rounds = 'rate', 1

    def __init__(self, title):
        self.title, self.bars, self.samples, self.failed = title, [], {}, {}

    def median(self, _name, _metric=None):
        return None

    def verdict(self, who, met, words):
        self.bars.append(Verdict(who, met, words))


class Verdict:
    than, limit, faster = '', 0, False

    def __init__(self, who, met, words):
        self.who, self.met, self.words = who, met, words

    def judge(self, _row):
        return self.met, self.words


def give_address(stage, zone, device, last):
    ip = f'ip -n {zone}' if zone else 'ip'
    stage.must(f'{ip} addr add 10.0.{last >> 8}.{last & 255}/16 dev {device}')
    stage.must(f'{ip} addr add fd00::{last:x}/64 dev {device} nodad')


def plain(stage, i, rate):
    """Lane @i without libvwire: a NIC of the host with HTB and a queue as long as libvwire's, for
    what the machine lets TCP have. GSO frames must fit into the queue."""
    stage.nic(f'r{i}')
    stage.must(f'ip link set r{i} gso_max_size 16384')
    for zone, device, last in ((None, f'r{i}', 1), ('wire', f'wr{i}', 2)):
        ip = f'ip -n {zone}' if zone else 'ip'
        stage.must(f'{ip} addr add 10.5.{i}.{last}/24 dev {device}')
        stage.must(f'{ip} addr add fd05:{i}::{last}/64 dev {device} nodad')
    stage.batch([f'qdisc add dev r{i} root handle 1: htb default 1',
                 f'class add dev r{i} parent 1: classid 1:1 htb rate {rate:.0f}bit '
                 f'burst {max(16000, rate / 8000):.0f} cburst {max(16000, rate / 8000):.0f} '
                 f'quantum 60000',
                 f'qdisc add dev r{i} parent 1:1 bfifo limit {max(30000, rate / 8 * 0.02):.0f}'])


def acquaint(stage, zones):
    """Everybody knows everybody's MAC address: broadcasts to find out would count for each VNIC."""
    def mac(last):
        return f'2:8:20:0:{last >> 8:x}:{last & 255:x}'

    def batch(zone, device, others):
        with open('/run/neighbours', 'w') as f:
            for last, other in others:
                for family in (4, 6):
                    f.write(f'neigh replace {address(family, last)} lladdr {other} dev {device}\n')
        stage.must(f'ip {f"-n {zone}" if zone else ""} -batch /run/neighbours')

    home, wire = (stage.mac_of(*PEERS[peer][:2]) for peer in ('host', 'wire'))
    vnics = [(last, mac(last)) for _, _, last in zones]
    peers = [(PEERS['host'][2], home), (PEERS['wire'][2], wire), (PEERS['VNIC'][2], mac(3))]
    for zone, device, _ in zones:
        batch(zone, device, peers)
    for zone, device, _ in PEERS.values():
        batch(zone, device, vnics)


def furnish(stage, limits, without=()):
    """Guarded VNICs web1 ..., each in a zone of its own (a1 ...) with a limit or none. Lanes
    @without are plain()."""
    zones = [f'a{i + 1}' for i in range(len(limits))]
    stage.begin(('wire', 'p0', *zones))
    stage.must('dladm create-vnic -l net0 -m 2:8:20:0:0:3 -p zone=p0 peer0')
    for peer in PEERS.values():
        give_address(stage, *peer)
    for i, (zone, limit) in enumerate(zip(zones, limits)):
        if i in without:
            plain(stage, i, RATES[limit])
            continue
        props = f'-p maxbw={limit}' if limit else ''
        stage.must(f'dladm create-vnic -l net0 -m 2:8:20:0:1:{1 + i:x} -p zone={zone} {props} '
                   f'web{i + 1}')
        give_address(stage, zone, f'web{i + 1}', 257 + i)
    acquaint(stage, [(zone, f'web{i + 1}', 257 + i) for i, zone in enumerate(zones)
                     if i not in without])


def address(family, last):
    return f'fd00::{last:x}' if family == 6 else f'10.0.{last >> 8}.{last & 255}'


class Lane:
    """One limited VNIC that talks with one peer: a sink and a source for each direction."""

    def __init__(self, stage, number, combo, rate, warm, length):
        peer, way, proto, family = combo
        self.sinks, self.sources = [], []
        # Enough to empty the bucket before the window; at high rates, not more than a CPU can send.
        factor = (3 if rate < 2e6 else 1.3) * (0.6 if way == 'both' else 1)
        payload = 200 if rate < 1e6 else 1400
        here = (f'a{number + 1}', address(family, 257 + number))
        if peer == 'plain':
            here = (None, '')
            there = ('wire', f'fd05:{number}::2' if family == 6 else f'10.5.{number}.2')
        else:
            there = (PEERS[peer][0], address(family, PEERS[peer][2]))
        ways = {'out': [(here, there)], 'in': [(there, here)]}
        self.jobs = []
        for k, (source, sink) in enumerate(ways.get(way) or ways['out'] + ways['in']):
            port = 5001 + 2 * number + k
            self.sinks.append(stage.start(sink[0], policy.PUMP, 'sink', family, proto, port, warm,
                                          length))
            rest = [rate * factor, payload] if proto == 'udp' else []
            self.jobs.append((source[0], policy.PUMP, 'source', family, proto,
                              sink[1], port, warm + length + 1500, *rest))

    def go(self, stage):
        self.sources = [stage.start(*job) for job in self.jobs]

    def finish(self):
        """Bits per second of all directions, each with its acknowledgements, and each alone."""
        got = []
        for sink in self.sinks:
            out, err = sink.communicate(timeout=120)
            got.append([float(x) for x in out.split()] if out else [0, 0])
        for source in self.sources:
            source.terminate()
            source.communicate()
        return sum(g[0] for g in got), [g[1] for g in got]


class Accuracy(TrafficRow):
    def __init__(self, rate, combos):
        super().__init__(f'accuracy of maxbw={rate}')
        self.rate, self.combos, self.got = rate, combos, {}

    def run(self, stage, progress):
        lanes, warm, length = LANES[self.rate]
        bps = RATES[self.rate]
        for at in range(0, len(self.combos), lanes):
            progress(f'{self.title}: {at} of {len(self.combos)}')
            part = self.combos[at:at + lanes]
            furnish(stage, [self.rate] * len(part),
                    [i for i, combo in enumerate(part) if combo[0] == 'plain'])
            running = [Lane(stage, i, combo, bps, warm, length) for i, combo in enumerate(part)]
            time.sleep(0.4)
            for lane in running:
                lane.go(stage)
            for combo, lane in zip(part, running):
                total, each = lane.finish()
                self.got[combo] = (total / bps, [x / bps for x in each])
            stage.end()

    def report(self):
        bar = BARS[self.rate]
        print(f'\n{self.title}: layer-2 rate of the sum of both directions, part of the limit')
        print(f'  {"":18}' + ''.join(f'{p.upper() + " v" + str(f):>14}'
                                    for p, f in itertools.product(('tcp', 'udp'), (4, 6))))
        for peer, way in [line for line in LINES if line in {c[:2] for c in self.combos}]:
            cells = ''
            for proto, family in itertools.product(('tcp', 'udp'), (4, 6)):
                got = self.got.get((peer, way, proto, family))
                split = ''
                if got and way == 'both' and sum(got[1]) > 0:
                    split = f' {got[1][0] / sum(got[1]) * 100:.0f}:' \
                            f'{got[1][1] / sum(got[1]) * 100:.0f}'
                cells += f'{(f"{got[0]:.4f}" if got else "-") + split:>14}'
            print(f'  {WORDS.get((peer, way), f"both ways, {peer}"):18}{cells}')
        off = {c: abs(g[0] - 1) * 100 for c, g in self.got.items() if c[0] != 'plain'}
        if not off:
            return
        worst = max(off, key=off.get)
        words = (f'{sum(v <= (bar or 5) for v in off.values())} of {len(off)} within '
                 f'{bar or 5} %, mean {statistics.mean(off.values()):.2f} % off, worst '
                 f'{off[worst]:.2f} % ({worst[0]} {worst[1]} {worst[2]} v{worst[3]})')
        met = off[worst] <= bar if bar else None
        self.samples = {' '.join(map(str, c)): [] for c in self.got}
        self.verdict('layer-2 rate', met, words)
        mark = {True: 'met', False: 'MISSED', None: 'no bar'}[met]
        print(f'  -> {words}: {mark}')


def probe(stage, zone, last, count, interval_us, port=6001, echo_zone='wire'):
    """[p50, p90, p99, max, lost] in microseconds of a round trip from @zone."""
    echo = stage.start(echo_zone, policy.PUMP, 'echo', 4, port)
    time.sleep(0.15)
    rtt = stage.start(zone, policy.PUMP, 'rtt', 4, address(4, last), port, count, interval_us)
    out, err = rtt.communicate(timeout=300)
    echo.terminate()
    echo.communicate()
    if rtt.returncode != 0:
        raise RuntimeError(err.strip())
    return [int(x) for x in out.split()]


class Latency(TrafficRow):
    """Round trips of a VNIC while a TCP connection of its own fills its limit."""

    def __init__(self, rates, count):
        super().__init__('latency under load, within the limit')
        self.rates, self.count, self.got = rates, count, {}

    def run(self, stage, progress):
        for rate in self.rates:
            for way in ('idle', 'out', 'both'):
                progress(f'{self.title}: {rate} {way}')
                furnish(stage, [rate])
                lane = None
                if way != 'idle':
                    lane = Lane(stage, 0, ('wire', way, 'tcp', 4), RATES[rate], 0, 60000)
                    time.sleep(0.3)
                    lane.go(stage)
                    time.sleep(1.5)
                self.got[rate, way] = probe(stage, 'a1', 2, self.count, 5000)
                if lane:
                    for child in lane.sources + lane.sinks:
                        child.kill()
                        child.communicate()
                stage.end()

    def report(self):
        print(f'\n{self.title}, milliseconds')
        print(f'  {"":24}{"p50":>9}{"p90":>9}{"p99":>9}{"max":>9}{"lost":>6}')
        for (rate, way), got in self.got.items():
            words = {'idle': 'idle', 'out': 'TCP out', 'both': 'TCP both ways'}[way]
            print(f'  {rate + ", " + words:24}' + ''.join(f'{x / 1000:9.2f}' for x in got[:4]) +
                  f'{got[4]:6}')


class Share(TrafficRow):
    """Greedy UDP on A, TCP on B: what B gets of its limit."""

    def __init__(self, rounds):
        super().__init__('isolation: greedy UDP of A beside TCP of B, 100 Mb/s each')
        self.rounds, self.got = rounds, {'A rests': [], 'A greedy, 600 Mb/s': []}

    def run(self, stage, progress):
        for done in range(self.rounds):
            for name in self.got:
                progress(f'{self.title}: {done + 1} of {self.rounds}')
                furnish(stage, ['100M', '100M'])
                lane = Lane(stage, 1, ('wire', 'out', 'tcp', 4), 1e8, 1000, 3000)
                time.sleep(0.3)
                greedy = None
                if name != 'A rests':
                    greedy = stage.start('a1', policy.PUMP, 'source', 4, 'udp', '10.0.0.2', 9, 9000,
                                         6e8, 1400)
                lane.go(stage)
                self.got[name].append(lane.finish()[0] / 1e8)
                if greedy:
                    greedy.terminate()
                    greedy.communicate()
                stage.end()

    def report(self):
        print(f'\n{self.title}: part of its limit that B gets (median of {self.rounds})')
        for name, got in self.got.items():
            print(f'  {name:24}{statistics.median(got):8.4f}   ' +
                  ' '.join(f'{x:.4f}' for x in got))
        share = statistics.median(self.got['A greedy, 600 Mb/s'])
        self.verdict('B', share >= 0.95, f'{share:.3f} of its share, bar >= 0.95')
        print(f'  -> B: {self.bars[-1].words}: {"met" if share >= 0.95 else "MISSED"}')


class Flood(TrafficRow):
    """Round trips of B while the wire floods A."""

    NAMES = {'quiet': (None, 0), 'A limited to 100M': ('100M', 5e8), 'A with no limit': ('', 5e8),
             'flood of the wire alone': ('nobody', 5e8)}

    def __init__(self, rounds, count):
        super().__init__('isolation: 500 Mb/s of UDP from the wire towards A, latency of B')
        self.rounds, self.count = rounds, count
        self.got = {name: [] for name in self.NAMES}

    def run(self, stage, progress):
        for done in range(self.rounds):
            for name, (limit, rate) in self.NAMES.items():
                progress(f'{self.title}: {name} ({done + 1} of {self.rounds})')
                furnish(stage, [limit if limit == '100M' else None, None])
                flood = None
                if rate and limit != 'nobody':
                    flood = stage.start('wire', policy.PUMP, 'source', 4, 'udp', '10.0.1.1', 9,
                                        60000, rate, 1400)
                elif rate:      # the sender's share of the CPU: the same frames to its own NIC
                    stage.must('ip -n wire addr add 10.9.0.1/24 dev wnet0')
                    stage.must('ip -n wire neigh add 10.9.0.2 lladdr 2:0:0:0:0:99 dev wnet0')
                    flood = stage.start('wire', policy.PUMP, 'source', 4, 'udp', '10.9.0.2', 9,
                                        60000, rate, 1400)
                time.sleep(0.3)
                self.got[name].append(probe(stage, 'a2', 2, self.count, 500))
                if flood:
                    flood.kill()
                    flood.communicate()
                stage.end()

    def middle(self, name, k):
        return statistics.median(g[k] for g in self.got[name])

    def report(self):
        print(f'\n{self.title}, microseconds (medians of {self.rounds})')
        print(f'  {"":28}{"p50":>8}{"p90":>8}{"p99":>8}{"p99 each":>12}')
        for name, got in self.got.items():
            print(f'  {name:28}' + ''.join(f'{self.middle(name, k):8.0f}' for k in range(3)) +
                  '    ' + ' '.join(str(g[2]) for g in got))
        for than in ('quiet', 'flood of the wire alone'):
            more = (self.middle('A limited to 100M', 2) / self.middle(than, 2) - 1) * 100
            met = more < 20
            self.verdict('B', met, f'p99 {more:+.0f} % against {than}, bar < 20 %')
            print(f'  -> B: {self.bars[-1].words}: {"met" if met else "MISSED"}')


def rows(quick):
    every = list(itertools.product(PEERS, ('out', 'in', 'both'), ('tcp', 'udp'), (4, 6)))
    some = [c for c in every if c[0] == 'wire' and c[3] == 4]
    beside = list(itertools.product(('plain',), ('out',), ('tcp', 'udp'), (4, 6)))
    for rate in RATES:
        few = quick and rate in ('100M', '1G')
        combos = some + beside[::2] if few else every + beside
        yield Accuracy(rate, random.sample(combos, len(combos)))
    yield Latency(('1M', '10M', '100M'), 100 if quick else 300)
    yield Share(2 if quick else 5)
    yield Flood(3 if quick else 7, 1000 if quick else 3000)
