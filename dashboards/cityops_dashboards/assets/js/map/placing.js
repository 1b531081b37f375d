// Where marks, callouts and labels stand, by rules and without a page: nothing lies on anything else, no two leaders cross.
//
// In this order: the worst marks, at their places; callouts for them on the free side; labels, off all these and, as far
// as that goes, off the other marks; the other marks, beside what stands on their places; main points, where there is room.
"use strict";

cityops.placing = (() => {
  const NEAR = 6; // px between two marks of one look, below which they become one with a count
  const FRAME = 4; // px around a mark for its casing and its dashed frame
  const COUNT_SIZE = 18;
  const SPLIT = 60; // px of leaders that callouts on one side are worth
  const REACH = 44; // px that a mark may lie off its place
  const FAR = 900;
  const BEND = 22; // px before a callout, where its leader turns
  const GAP = 6;
  const STEP = 10;
  const WEIGHT = { 4: 90, 3: 50, 2: 22, 1: 12, case: 22, leader: 4 };
  const OUTSIDE = 7; // px off its pole that a corner of a label outside its district is worth
  const GOOD = 60; // a label that costs less stands well
  const ROUNDS = 8;
  const DOT = 9; // px: a main point's own place
  const BESIDES = [8, 20, 34]; // px from there to the name of one at which something happens; of others the first
  const SPIRAL = spiral();

  function spiral() {
    const found = [[0, 0]];
    for (let radius = 6; radius <= FAR; radius += radius < 60 ? 6 : 16) {
      for (let turn = 0; turn < 16; turn += 1) {
        const angle = (turn * Math.PI) / 8;
        found.push([radius * Math.cos(angle), radius * Math.sin(angle)]);
      }
    }
    return found;
  }

  function meet(one, other) {
    const beside = one.x >= other.x + other.width || other.x >= one.x + one.width;
    return !beside && one.y < other.y + other.height && other.y < one.y + one.height;
  }

  function isFree(rect, taken) {
    return !taken.some((one) => meet(rect, one));
  }

  function isWithin(rect, box) {
    const beside = rect.x < box.x || rect.x + rect.width > box.x + box.width;
    return !beside && rect.y >= box.y && rect.y + rect.height <= box.y + box.height;
  }

  // About how many px words take; rather too many, for they are measured without a page.
  function wide(words, size) {
    let ems = 0;
    for (const one of String(words)) ems += one > "\u2e7f" ? 1 : /[A-Z0-9%—]/.test(one) ? 0.66 : 0.58;
    return ems * size;
  }

  // Marks of one look that would touch become one, at the place of the first, which is the gravest.
  function gather(places) {
    const found = [];
    for (const one of places) {
      const near = found.find((mark) => mark.look === one.look && Math.hypot(mark.x - one.x, mark.y - one.y) < one.size + NEAR);
      if (near) near.members.push(one);
      else found.push({ ...one, members: [one] });
    }
    return found;
  }

  function extent(mark, x, y) {
    const side = mark.size + 2 * FRAME;
    const n = mark.members.length;
    return { x: x - side / 2, y: y - side / 2, width: side + (n > 1 ? wide(n, COUNT_SIZE) : 0), height: side };
  }

  function stand(mark, taken, box, reach) {
    for (const [dx, dy] of SPIRAL) {
      if (Math.hypot(dx, dy) > reach) return false;
      const rect = extent(mark, mark.x + dx, mark.y + dy);
      if (isWithin(rect, box) && isFree(rect, taken)) {
        Object.assign(mark, { at: [mark.x + dx, mark.y + dy], rect });
        taken.push(rect);
        return true;
      }
    }
    return false;
  }

  // A mark without room near its place is counted with the nearest of its look.
  function standAll(marks, taken, box, placed = []) {
    for (const mark of marks) {
      if (stand(mark, taken, box, REACH)) placed.push(mark);
      else if (!join(mark, taken, box, placed) && stand(mark, taken, box, FAR)) placed.push(mark);
    }
    return placed;
  }

  function join(mark, taken, box, placed) {
    const away = (host) => Math.hypot(host.x - mark.x, host.y - mark.y);
    const hosts = placed.filter(({ look, isCalled }) => look === mark.look && !isCalled).sort((a, b) => away(a) - away(b));
    if (!hosts.length) return false;
    const [host] = hosts;
    taken.splice(taken.indexOf(host.rect), 1);
    host.members.push(...mark.members);
    return stand(host, taken, box, FAR);
  }

  function cross([a, b], [c, d]) {
    const side = ([px, py], [qx, qy], [rx, ry]) => Math.sign((qx - px) * (ry - py) - (qy - py) * (rx - px));
    return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
  }

  function strikes([a, b], { x, y, width, height }) {
    const corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
    return corners.some((corner, place) => cross([a, b], [corner, corners[(place + 1) % 4]]));
  }

  // Where ground is everywhere a callout stands beside its mark, the worst first; one without room is left out.
  function nearby(marks, frame) {
    const found = [];
    for (const mark of marks) {
      const best = least(beyond(mark, frame).filter((one) => areClear([...found, one])), (one) => costOf(one, frame));
      if (best) found.push(best);
    }
    return found;
  }

  function beyond(mark, { box, size, taken }) {
    const [x, y] = mark.at;
    const found = [];
    for (const away of [44, 80, 130, 190, 260]) {
      for (let by = -6; by <= 6; by += 1) {
        const middle = y + by * 26;
        for (const edge of [x + away, x - away]) {
          const rect = { x: edge > x ? edge : edge - size.width, y: middle - size.height / 2, ...size };
          if (isWithin(rect, box) && isFree(rect, taken)) found.push({ mark, rect, leader: [mark.at, [edge, middle]], edge: [edge, middle] });
        }
      }
    }
    return found;
  }

  function least(all, costOfOne) {
    let best = null;
    for (const one of all) {
      const cost = costOfOne(one);
      if (!best || cost < best.cost) best = { cost, one };
    }
    return best && best.one;
  }

  // Callouts for marks, worst first: in a stack on either side, the worst on top unless leaders would cross. As many of
  // them as there is room for.
  function callouts(marks, frame) {
    if (frame.isNear) return nearby(marks, frame);
    for (let n = marks.length; n > 0; n -= 1) {
      const best = cheapest(marks.slice(0, n), frame);
      if (best) return best;
    }
    return [];
  }

  function cheapest(marks, frame) {
    const stacks = new Map();
    const stackOf = (side, members) => {
      const key = `${side} ${members.map((mark) => marks.indexOf(mark))}`;
      if (!stacks.has(key)) stacks.set(key, members.length ? stack(members, side, frame) : { cost: 0, slots: [] });
      return stacks.get(key);
    };
    let best = null;
    for (let mask = 0; mask < 2 ** marks.length; mask += 1) {
      const isSplit = mask !== 0 && mask !== 2 ** marks.length - 1;
      const right = stackOf("right", marks.filter((_, place) => !(mask & (2 ** place))));
      const left = right && stackOf("left", marks.filter((_, place) => mask & (2 ** place)));
      const cost = left && left.cost + right.cost + (isSplit ? SPLIT : 0);
      const slots = left && [...right.slots, ...left.slots];
      if (left && (!best || cost < best.cost) && areClear(slots)) best = { cost, slots };
    }
    return best && best.slots;
  }

  function areClear(slots) {
    return slots.every((one, place) => slots.slice(place + 1).every((other) => !meet(one.rect, other.rect) && !tangle(one, other)));
  }

  function tangle(one, other) {
    if (one.mark !== other.mark && cross(one.leader, other.leader)) return true;
    return strikes(one.leader, other.rect) || strikes(other.leader, one.rect);
  }

  function stack(members, side, frame) {
    const { box, size } = frame;
    const height = members.length * (size.height + GAP) - GAP;
    let best = null;
    for (let top = box.y; top + height <= box.y + box.height; top += STEP) {
      const slots = untangled(members, (order) => order.map((mark, place) => slot(mark, side, top + place * (size.height + GAP), frame)));
      if (!slots) continue;
      const cost = slots.reduce((sum, one) => sum + costOf(one, frame), 60 * inversions(slots, members));
      if (!best || cost < best.cost) best = { cost, slots };
    }
    return best;
  }

  // Best on free ground, near its mark, and over no other mark.
  function costOf({ rect, leader }, { profile, soft }) {
    const covered = soft.filter((one) => meet(one.rect, rect)).reduce((sum, { weight }) => sum + weight, 0);
    return profile(rect) / 60 + 0.4 * lengthOf(leader) + covered;
  }

  function slot(mark, side, y, { box, size, taken }) {
    const x = side === "right" ? box.x + box.width - size.width : box.x;
    const rect = { x, y, ...size };
    const edge = side === "right" ? x : x + size.width;
    const bend = side === "right" ? edge - BEND : edge + BEND;
    const isBehind = side === "right" ? mark.at[0] + mark.size > bend : mark.at[0] - mark.size < bend;
    if (isBehind || !isFree(rect, taken)) return null;
    const middle = y + size.height / 2;
    return { mark, rect, leader: [mark.at, [bend, middle]], edge: [edge, middle] };
  }

  // Two leaders that cross change their slots, which makes both shorter together, so that it comes to an end.
  function untangled(members, lay) {
    const order = [...members];
    for (let round = 0; round <= members.length ** 2; round += 1) {
      const slots = lay(order);
      if (slots.includes(null)) return null;
      const pair = crossing(slots);
      if (!pair) return slots;
      [order[pair[0]], order[pair[1]]] = [order[pair[1]], order[pair[0]]];
    }
    return null;
  }

  function crossing(slots) {
    for (let one = 0; one < slots.length; one += 1) {
      for (let other = one + 1; other < slots.length; other += 1) if (tangle(slots[one], slots[other])) return [one, other];
    }
    return null;
  }

  function lengthOf([[ax, ay], [bx, by]]) {
    return Math.hypot(ax - bx, ay - by);
  }

  function inversions(slots, members) {
    const order = slots.map(({ mark }) => members.indexOf(mark));
    return order.reduce((sum, one, place) => sum + order.slice(place + 1).filter((other) => other < one).length, 0);
  }

  // The label with least room first; then whichever found no good place comes before all others, while that helps.
  function labels(asked, taken, soft, box) {
    let order = asked.filter(({ spots }) => spots.length).sort((a, b) => a.spots[0].room - b.spots[0].room);
    let best = null;
    for (let round = 0; round < ROUNDS; round += 1) {
      const found = inOrder(order, taken, soft, box);
      const cost = found.reduce((sum, one) => sum + one.cost, 0);
      if (!best || cost < best.cost) best = { cost, found };
      const worst = found.reduce((one, other) => (other.cost > one.cost ? other : one), { cost: 0 });
      if (worst.cost < GOOD || order[0]?.code === worst.code) break;
      order = [...order.filter(({ code }) => code === worst.code), ...order.filter(({ code }) => code !== worst.code)];
    }
    return best.found.filter(({ rect }) => rect);
  }

  function inOrder(order, taken, soft, box) {
    const all = [...taken];
    return order.map((label) => {
      const found = inside(label, all, soft, box) || beside(label, all, box) || { rect: null, cost: FAR };
      if (found.rect) all.push(found.rect);
      return { ...label, ...found };
    });
  }

  function around({ x, y }, { width, height }) {
    return { x: x - width / 2, y: y - height / 2, width, height };
  }

  // The pole is best, then what is near, inside, and covers nothing.
  function inside(label, taken, soft, box) {
    const [pole] = label.spots;
    let best = null;
    for (const spot of label.spots) {
      let cost = 0.4 * Math.hypot(spot.x - pole.x, spot.y - pole.y);
      if (best && cost >= best.cost) break; // those that follow are farther off
      const rect = around(spot, label);
      if (!isWithin(rect, box) || !isFree(rect, taken)) continue;
      cost += OUTSIDE * corners(rect).filter((corner) => !label.holds(...corner)).length;
      for (const one of soft) if (meet(rect, one.rect)) cost += one.weight;
      if (!best || cost < best.cost) best = { cost, rect };
    }
    return best;
  }

  function corners({ x, y, width, height }) {
    return [x + 6, x + width / 2, x + width - 6].flatMap((across) => [
      [across, y + 6],
      [across, y + height - 6],
    ]);
  }

  function beside(label, taken, box) {
    const [pole] = label.spots;
    for (const [dx, dy] of SPIRAL) {
      const rect = around({ x: pole.x + dx, y: pole.y + dy }, label);
      if (isWithin(rect, box) && isFree(rect, taken)) return { rect, cost: 120 + Math.hypot(dx, dy) };
    }
    return null;
  }

  function along({ leader: [[ax, ay], [bx, by]] }) {
    const n = Math.ceil(Math.hypot(bx - ax, by - ay) / 12);
    return Array.from({ length: n }, (_, place) => {
      const share = (place + 1) / n;
      return { rect: { x: ax + (bx - ax) * share - 2, y: ay + (by - ay) * share - 2, width: 4, height: 4 }, weight: WEIGHT.leader };
    });
  }

  // A main point's name beside its place, or not at all: nothing makes way for it. Where something happens the place itself
  // may be covered by that.
  function named(points, taken, box) {
    return points.flatMap((point) => {
      const dot = { x: point.x - DOT / 2, y: point.y - DOT / 2, width: DOT, height: DOT };
      const hasDot = isWithin(dot, box) && isFree(dot, taken);
      if (!hasDot && !point.isLoud) return [];
      const rect = aside(point, point.isLoud ? BESIDES : BESIDES.slice(0, 1)).find((one) => isWithin(one, box) && isFree(one, taken));
      if (!rect) return [];
      taken.push(rect, ...(hasDot ? [dot] : []));
      return [{ ...point, rect, dot: hasDot ? dot : null }];
    });
  }

  function aside({ x, y, width, height }, gaps) {
    return gaps.flatMap((gap) => [
      { x: x + gap, y: y - height / 2, width, height },
      { x: x - gap - width, y: y - height / 2, width, height },
      { x: x - width / 2, y: y - gap - height, width, height },
      { x: x - width / 2, y: y + gap, width, height },
      ...[x + NEAR, x - NEAR - width].flatMap((left) => [y - NEAR - height, y + NEAR].map((top) => ({ x: left, y: top, width, height }))),
    ]);
  }

  // `places` come gravest first, `fixed` are rectangles where nothing may stand, `called` says how many get a callout.
  function arrange({ box, fixed, places, called, labels: asked, points = [], profile }) {
    const taken = [...fixed];
    const gathered = gather(places);
    const told = gathered.filter(({ isGrave }) => isGrave).slice(0, called.most);
    for (const mark of told) mark.isCalled = true;
    const others = gathered.filter(({ isCalled }) => !isCalled);
    const marks = standAll(told, taken, box);
    const soft = others.map((mark) => ({ rect: extent(mark, mark.x, mark.y), weight: WEIGHT[mark.level || "case"] }));
    const slots = callouts(marks, { box, size: called.size, taken: [...taken], soft, profile, isNear: called.isNear });
    taken.push(...slots.map(({ rect }) => rect));
    const labelled = labels(asked, taken, [...soft, ...slots.flatMap(along)], box);
    taken.push(...labelled.map(({ rect }) => rect));
    const all = standAll(others, taken, box, [...marks]);
    const lines = slots.flatMap(along).map(({ rect }) => rect);
    return { marks: all, callouts: slots, labels: labelled, points: named(points, [...taken, ...lines], box) };
  }

  return { wide, gather, cross, meet, arrange };
})();
