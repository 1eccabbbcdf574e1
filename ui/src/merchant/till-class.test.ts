import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TillEvent } from '../shared/wire/till';
import { Refused } from './bridge';
import { FakeBridge } from './fake';
import { OPERATORS } from './fake-books';
import { givenIn, PICTURE_BYTES } from './given';
import { takeButtons } from './desk';
import { Staff } from './staff.svelte';
import { Till } from './till.svelte';

const code = '112345678906058726934226722';

async function opened(query: string): Promise<{ till: Till; bridge: FakeBridge }> {
  const bridge = new FakeBridge(new URLSearchParams(query));
  const till = new Till(bridge);
  await till.start();
  return { till, bridge };
}

beforeEach(() => {
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  vi.stubGlobal('requestAnimationFrame', () => 0);
});

describe('what is dropped or pasted', () => {
  const transfer = (files: File[], text = '') => ({ files: files as unknown as FileList, getData: () => text });

  it('is a picture before it is text, and nothing when there is neither', () => {
    const [note, photo] = [new File(['x'], 'a.txt', { type: 'text/plain' }), new File(['x'], 'a.png', { type: 'image/png' })];
    expect(givenIn(transfer([note, photo], 'words'))).toEqual({ kind: 'picture', file: photo });
    expect(givenIn(transfer([note]))).toEqual({ kind: 'picture', file: note });
    expect(givenIn(transfer([], ' 12 '))).toEqual({ kind: 'text', text: '12' });
    expect(givenIn(transfer([]))).toEqual({ kind: 'nothing' });
    expect(givenIn(null)).toEqual({ kind: 'nothing' });
  });
});

describe('the till', () => {
  it('opens with everything the program tells it', async () => {
    const { till } = await opened('fake=recorded&lang=zh');
    expect(till.state.status).toBe('open');
    expect(till.desk.language).toBe('zh');
    expect(till.desk.result.status).toBe('recorded');
    expect(till.desk.entries).toHaveLength(10);
  });

  it('says why it could not be opened, and opens at the next try', async () => {
    const { till } = await opened('fake=broken');
    expect(till.state).toEqual({ status: 'failed', reason: 'offline' });
  });

  it('leaves all but the picture alone where a code was found', async () => {
    const { till } = await opened('fake=idle');
    const outline = vi.spyOn(till.painter, 'outline');
    const { desk, nowMs, steadyMs } = till;
    const corners: [[number, number], [number, number], [number, number], [number, number]] = [[0, 0], [1, 0], [1, 1], [0, 1]];
    till.take({ type: 'found', corners });
    expect(outline).toHaveBeenLastCalledWith(corners);
    expect([till.desk === desk, till.nowMs, till.steadyMs]).toEqual([true, nowMs, steadyMs]);
    till.take({ type: 'camera', state: 'failed', name: '', problem: 'gone' });
    expect(outline, 'nothing is found where nothing is seen').toHaveBeenLastCalledWith(null);
  });

  it('shows a join code on the customers’ window once, and takes it away', async () => {
    const { till, bridge } = await opened('fake=idle');
    const show = vi.spyOn(bridge, 'showJoin');
    await till.sheets.newCustomer('Ann', '', { unit: '', amount: 0 });
    const { url } = till.join.open ?? expect.fail();
    till.join.open = { ...(till.join.open ?? expect.fail()), topUp: null };
    till.join.close();
    expect(show.mock.calls).toEqual([[{ url, expires_at: expect.any(String) }], [null]]);
    const minutes = (Date.parse(show.mock.calls[0]?.[0]?.expires_at ?? '') - Date.now()) / 60_000;
    expect(minutes, 'by the clock that both windows have').toBeGreaterThan(14);
  });

  it('says where it belongs in a plain browser', async () => {
    const till = new Till(null);
    await till.start();
    expect(till.state.status).toBe('no_window');
  });

  it('keeps what was chosen while echoes of what was chosen before come in', async () => {
    const bridge = new FakeBridge(new URLSearchParams('fake=idle'));
    let shop: TillEvent | undefined;
    const till = new Till(bridge, (event) => (shop = event.type === 'shop' ? event : shop));
    await till.start();
    const set = vi.spyOn(bridge, 'setPreset');
    const echo = (amount: number, choice: number) => till.take({ ...(shop as Extract<TillEvent, { type: 'shop' }>), preset: { unit: 'wash', amount }, choice });
    till.stepAmount(1);
    till.stepAmount(1);
    echo(2, 1);
    till.stepAmount(1);
    expect(set.mock.calls.map(([{ amount }, choice]) => [amount, choice])).toEqual([[2, 1], [3, 2], [4, 3]]);
    echo(3, 2);
    expect(till.desk.preset.amount).toBe(4);
    echo(4, 3);
    // The program's own decision.
    echo(1, 3);
    expect(till.desk.preset.amount).toBe(1);
  });

  it('goes back to the amount that the program has where the new one is refused', async () => {
    const { till } = await opened('fake=idle');
    till.setPreset({ unit: 'CNY', amount: 2e12 });
    await vi.waitFor(() => expect(till.notice).toBe('amount_invalid'));
    expect(till.desk.preset).toEqual({ unit: 'wash', amount: 1 });
  });

  it('remembers the amount of each unit, and asks for money that never had one', async () => {
    const { till, bridge } = await opened('fake=idle');
    const set = vi.spyOn(bridge, 'setPreset');
    till.stepAmount(1);
    const button = (unit: string) => takeButtons(till.desk).find((one) => one.unit.unit === unit && one.name !== 'Interior') ?? expect.fail();
    till.press(button('CNY'));
    expect(till.panel).toEqual({ name: 'amount', unit: 'CNY' });
    till.setPreset({ unit: 'CNY', amount: 2550 });
    expect(till.panel.name).toBe('none');
    till.press(button('wash'));
    expect(till.desk.preset).toEqual({ unit: 'wash', amount: 1 });
    till.press(button('CNY'));
    expect(set).toHaveBeenLastCalledWith({ unit: 'CNY', amount: 2550 }, 4);
    till.setPreset({ unit: 'wash', amount: 0 });
    expect(till.desk.preset.amount).toBe(2550);
  });

  it('closes a join code once its customer was scanned, but not in practice', async () => {
    for (const [query, left] of [['fake=idle', null], ['fake=idle&practice', 7]] as const) {
      const { till } = await opened(query);
      const redemption = { id: 'a', seq: 1, customer: { id: 7, name: 'Li' }, unit: 'wash', amount: 1, balance: 9, reversed: 0, at: new Date().toISOString(), mark: '47 🐳', lamp: 'seen', repeated: false } as const;
      till.join.show({ id: 7, name: 'Li' }, { url: 'http://x/#join=a', expires_at: redemption.at });
      till.take({ type: 'result', result: { status: 'recorded', redemption: { ...redemption, id: 'b', customer: { id: 8, name: 'Zoë' } } } });
      expect(till.join.open?.customer.id).toBe(7);
      till.take({ type: 'result', result: { status: 'recorded', redemption } });
      expect(till.join.open?.customer.id ?? null).toBe(left);
    }
  });

  it('sends a typed code once its digits hold, and says what is wrong with others', async () => {
    const { till, bridge } = await opened('fake=idle');
    const sent = vi.spyOn(bridge, 'typeCode').mockResolvedValue();
    for (const [text, fault] of [['12', 'short'], ['x', 'not_digits'], [code.replace(/2$/, '3'), 'misread']] as const) {
      till.typedCode.typing(text);
      till.typedCode.send();
      expect(till.typedCode.fault).toBe(fault);
    }
    expect(sent).not.toHaveBeenCalled();
    till.typedCode.typing(code);
    till.typedCode.send();
    expect(sent).toHaveBeenCalledWith(code);
    expect(till.typedCode.text).toBe('');
  });

  it('keeps the reason of a command that came to nothing until the next one', async () => {
    const { till } = await opened('fake=idle');
    till.typedCode.typing(code);
    till.typedCode.send();
    await vi.waitFor(() => expect(till.notice).toBe('offline'));
    till.toggleLanguage();
    expect(till.notice).toBeNull();
  });

  it('verifies the digits of a typed code as they come', async () => {
    const { till } = await opened('fake=idle');
    const faults = [code.slice(0, 20), code, code.replace(/2$/, '3'), `${code}1`, '12a'].map((text) => {
      till.typedCode.typing(text);
      return till.typedCode.fault;
    });
    expect(faults).toEqual([null, null, 'misread', 'long', 'not_digits']);
  });

  it('hands a picture on as it is, and says why there is no code in it', async () => {
    const { till, bridge } = await opened('fake=idle');
    const read = vi.spyOn(bridge, 'readPicture');
    await till.give({ kind: 'picture', file: new Blob([new Uint8Array([1, 2, 3])]) });
    expect(read).toHaveBeenCalledWith(new Uint8Array([1, 2, 3]));
    expect(till.notice).toBe('no_code');
    await till.give({ kind: 'picture', file: { size: PICTURE_BYTES + 1 } as Blob });
    expect(read).toHaveBeenCalledTimes(1);
    expect(till.notice).toBe('no_picture');
  });

  it('takes pasted digits for a typed code', async () => {
    const { till, bridge } = await opened('fake=idle');
    const sent = vi.spyOn(bridge, 'typeCode').mockResolvedValue();
    await till.give({ kind: 'text', text: code.replace(/(\d{4})/g, '$1 ') });
    expect(sent).toHaveBeenCalledWith(code);
    await till.give({ kind: 'text', text: 'hello' });
    expect(till.typedCode.fault).toBe('not_digits');
  });

  it('says of a typed code that an earlier request is still open', async () => {
    const { till } = await opened('fake=wait');
    till.typedCode.typing(code);
    till.typedCode.send();
    await vi.waitFor(() => expect(till.notice).toBe('still_open'));
  });

  it('cancels a request from the list', async () => {
    const { till, bridge } = await opened('fake=parked');
    const cancel = vi.spyOn(bridge, 'cancel');
    const waiting = till.desk.doubts.find(({ state }) => state === 'can_cancel')!;
    till.cancelForSure(waiting.id);
    expect(cancel).toHaveBeenCalledWith(waiting.id);
  });

  it('shows the join code of a new customer whose top-up is not known yet, and then how it ended', async () => {
    const { till, bridge } = await opened('fake=top_up_unknown');
    await till.sheets.newCustomer('Mei', '', { unit: 'wash', amount: 10 });
    expect(till.join.open?.url).toContain('#join=');
    expect(till.join.open?.topUp?.state).toBe('unknown');
    bridge.tellDoubt({ ...till.desk.doubts[0]!, state: 'recorded' });
    expect(till.join.open?.topUp?.state).toBe('recorded');
    const refused = await opened('fake=top_up_refused');
    await refused.till.sheets.newCustomer('Mei', '', { unit: 'wash', amount: 10 });
    expect(refused.till.join.open?.topUp).toMatchObject({ state: 'refused', reason: 'limit_exceeded' });
  });

  it('shows the join code of a new customer, and of the practice customer by itself', async () => {
    const { till } = await opened('fake=idle');
    await till.sheets.newCustomer(' Mei ', '', { unit: 'wash', amount: 10 });
    expect(till.join.open?.customer.name).toBe('Mei');
    till.join.close();
    expect(till.join.open).toBeNull();
    const practice = await opened('fake=idle&practice');
    await vi.waitFor(() => expect(practice.till.join.open?.url).toContain('#join='));
  });
});

describe('while an amount is typed', () => {
  it('nothing is taken, and what waits for it is not taken before the amount is there', async () => {
    const { till, bridge } = await opened('fake=idle');
    const [typing, set] = [vi.spyOn(bridge, 'typeAmount'), vi.spyOn(bridge, 'setPreset')];
    vi.spyOn(bridge, 'typeCode').mockResolvedValue();
    till.openAmount('CNY');
    expect(typing.mock.calls).toEqual([[true]]);
    till.typedCode.typing(code);
    till.typedCode.send();
    expect(till.panel.name, 'a code from a hand scanner leaves what is typed').toBe('amount');
    till.setPreset({ unit: 'CNY', amount: 2500 });
    expect(till.panel.name).toBe('none');
    expect(set).toHaveBeenCalledTimes(1);
    expect(typing, 'the amount itself says that it stands').toHaveBeenCalledTimes(1);
  });

  it('and given up, however it is left, it is said', async () => {
    const { till, bridge } = await opened('fake=idle');
    const typing = vi.spyOn(bridge, 'typeAmount');
    for (const leave of [() => till.closePanel(), () => till.sheets.openNewCustomer(), () => till.sheets.openFind()]) {
      till.openAmount('CNY');
      leave();
    }
    expect(typing.mock.calls.map(([open]) => open)).toEqual([true, false, true, false, true, false]);
  });
});

describe('a PIN', () => {
  const refused = (id: string) => ({ type: 'result', result: { status: 'refused', id, code: 'pin_required', unit: 'CNY', amount: 100, at: '2026-11-22T14:03:22.000Z' } }) as const;

  it('goes with the scan that it was asked for, and with no other', async () => {
    const { till, bridge } = await opened('fake=idle');
    const again = vi.spyOn(bridge, 'again');
    till.take(refused('a'));
    till.openPin('a');
    till.take(refused('a'));
    expect(till.panel).toEqual({ name: 'pin', of: 'a' });
    await till.againWithPin('1357');
    expect(again.mock.calls).toEqual([['a', '1357', null]]);
    till.openPin('a');
    till.take(refused('b'));
    expect(till.panel.name, 'another customer scanned').toBe('none');
    await till.againWithPin('1357');
    expect(again).toHaveBeenCalledTimes(1);
  });

  it('of a manager is not asked any more once another customer was scanned', async () => {
    const { till, bridge } = await opened('fake=staffed');
    const again = vi.spyOn(bridge, 'again');
    const staff = new Staff(bridge);
    staff.take({ operators: OPERATORS, standing: 3 });
    till.withConsent = (act, gone) => staff.withConsent(act, gone);
    till.take(refused('a'));
    const asked = till.againWithConsent('a');
    await vi.waitFor(() => expect(staff.consent.status).toBe('asked'));
    till.take(refused('a'));
    expect(staff.consent.status, 'the same one with a lamp more').toBe('asked');
    till.take(refused('b'));
    await asked;
    expect([staff.consent.status, till.notice, again.mock.calls.length]).toEqual(['none', 'scan_over', 0]);
    const next = till.againWithConsent('b');
    await vi.waitFor(() => expect(staff.consent.status).toBe('asked'));
    staff.agree(1, '2468');
    await next;
    expect(again.mock.calls).toEqual([['b', null, { operator: 1, pin: '2468' }]]);
  });

  it('and a consent that comes too late says so', async () => {
    const { till, bridge } = await opened('fake=idle');
    vi.spyOn(bridge, 'again').mockRejectedValue(new Refused('scan_over'));
    till.withConsent = (act) => act({ operator: 2, pin: '2468' });
    await till.againWithConsent('a');
    expect(till.notice).toBe('scan_over');
  });
});

describe('a till whose clock is wrong', () => {
  it('counts from when the result and the join link came', async () => {
    const { till } = await opened('fake=idle');
    const long_ago = '2020-01-01T00:00:00.000Z';
    const redemption = { id: 'a', seq: 1, customer: { id: 7, name: 'Li' }, unit: 'wash', amount: 1, balance: 9, reversed: 0, at: long_ago, mark: '47 🐳', lamp: 'seen', repeated: false } as const;
    till.take({ type: 'result', result: { status: 'recorded', redemption } });
    expect(till.undo.leftMs).toBeCloseTo(5 * 60_000);
    till.steadyMs += 60_000;
    expect(till.undo.leftMs).toBeCloseTo(4 * 60_000);
    till.join.show({ id: 8, name: 'Mei' }, { url: 'http://x/#join=a', expires_at: long_ago });
    expect((till.join.open?.endsMs ?? 0) - performance.now()).toBeGreaterThan(14 * 60_000);
    expect(till.undo.leftMs, 'a join code in the light changes nothing').toBeCloseTo(4 * 60_000);
  });
});

describe('taking back whose answer is lost', () => {
  it('is one request, and told once the list knows how it ended', async () => {
    const { till, bridge } = await opened('fake=recorded');
    const moves = vi.spyOn(bridge, 'moveValue').mockRejectedValue(new Refused('in_doubt'));
    const { result } = till.desk;
    const taken = result.status === 'recorded' ? result.redemption : expect.fail();
    await till.undo.now();
    await till.undo.now();
    const [[first], [second]] = moves.mock.calls as unknown as [[string], [string]];
    expect(first).toBe(second);
    const doubt = { id: first, kind: 'reversal', customer: null, of: taken.id, unit: 'wash', amount: 1, since: taken.at } as const;
    bridge.tellDoubt({ ...doubt, state: 'asking' });
    expect(till.undo.state).toMatchObject({ status: 'failed', reason: 'in_doubt' });
    bridge.tellDoubt({ ...doubt, state: 'recorded' });
    expect(till.undo.state.status).toBe('done');
    till.take({ type: 'result', result: { status: 'recorded', redemption: { ...taken, id: 'next' } } });
    await till.undo.now();
    expect((moves.mock.calls[2] as unknown as [string])[0]).not.toBe(first);
  });
});

describe('a new customer whose answer is lost', () => {
  it('is one customer, however often the button is pressed', async () => {
    const { till, bridge } = await opened('fake=idle');
    const make = vi.spyOn(bridge, 'newCustomer').mockRejectedValueOnce(new Refused('offline'));
    till.sheets.openNewCustomer();
    expect(await till.sheets.newCustomer('Mei', '', { unit: '', amount: 0 })).toBe(false);
    expect(await till.sheets.newCustomer('Mei', '', { unit: '', amount: 0 })).toBe(true);
    till.sheets.openNewCustomer();
    await till.sheets.newCustomer('Mei', '', { unit: '', amount: 0 });
    const ids = make.mock.calls.map(([id]) => id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('and was made under another name, says so', async () => {
    const { till, bridge } = await opened('fake=idle');
    vi.spyOn(bridge, 'newCustomer').mockRejectedValue(new Refused('id_mismatch'));
    till.sheets.openNewCustomer();
    await till.sheets.newCustomer('Mei', '', { unit: '', amount: 0 });
    expect(till.panel).toMatchObject({ name: 'new_customer', failed: 'made_before' });
  });
});

it('says that the journal was damaged until somebody has seen it', async () => {
  const { till } = await opened('fake=damaged');
  expect(till.desk.damage).toMatchObject({ lines: 2, asked: 1 });
  till.knowDamage();
  await vi.waitFor(() => expect(till.desk.damage).toBeNull());
});

describe('the list of those in doubt', () => {
  it('loses what has ended once somebody has seen it, and nothing that is open', async () => {
    const { till, bridge } = await opened('fake=restart');
    const dismiss = vi.spyOn(bridge, 'dismiss');
    const ended = till.desk.doubts.filter(({ state }) => state !== 'asking').map(({ id }) => id);
    till.dismissDoubts();
    expect(dismiss).toHaveBeenCalledWith(ended);
    await vi.waitFor(() => expect(till.desk.doubts.map(({ state }) => state)).toEqual(['asking']));
  });
});
