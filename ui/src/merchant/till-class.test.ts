import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBridge } from './fake';
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

  it('says where it belongs in a plain browser', async () => {
    const till = new Till(null);
    await till.start();
    expect(till.state.status).toBe('no_window');
  });

  it('remembers the amount of each unit, and asks for money that never had one', async () => {
    const { till, bridge } = await opened('fake=idle');
    const set = vi.spyOn(bridge, 'setPreset');
    till.stepAmount(1);
    till.choose('CNY');
    expect(till.panel).toEqual({ name: 'amount', unit: 'CNY' });
    till.setPreset({ unit: 'CNY', amount: 2550 });
    expect(till.panel.name).toBe('none');
    till.choose('wash');
    expect(till.desk.preset).toEqual({ unit: 'wash', amount: 2 });
    till.choose('CNY');
    expect(set).toHaveBeenLastCalledWith({ unit: 'CNY', amount: 2550 });
    till.setPreset({ unit: 'wash', amount: 0 });
    expect(till.desk.preset.amount).toBe(2550);
  });

  it('sends a typed code once its digits hold, and says what is wrong with others', async () => {
    const { till, bridge } = await opened('fake=idle');
    const sent = vi.spyOn(bridge, 'typeCode').mockResolvedValue();
    for (const [text, fault] of [['12', 'short'], ['x', 'not_digits'], [code.replace(/2$/, '3'), 'misread']] as const) {
      till.typing(text);
      till.sendTyped();
      expect(till.typedFault).toBe(fault);
    }
    expect(sent).not.toHaveBeenCalled();
    till.typing(code);
    till.sendTyped();
    expect(sent).toHaveBeenCalledWith(code);
    expect(till.typed).toBe('');
  });

  it('keeps the reason of a command that came to nothing until the next one', async () => {
    const { till } = await opened('fake=idle');
    till.typing(code);
    till.sendTyped();
    await vi.waitFor(() => expect(till.notice).toBe('offline'));
    till.toggleLanguage();
    expect(till.notice).toBeNull();
  });

  it('says of a typed code that an earlier request is still open', async () => {
    const { till } = await opened('fake=wait');
    till.typing(code);
    till.sendTyped();
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
    await till.newCustomer('Mei', { unit: 'wash', amount: 10 });
    expect(till.join?.url).toContain('#join=');
    expect(till.join?.topUp?.state).toBe('unknown');
    bridge.tellDoubt({ ...till.desk.doubts[0]!, state: 'recorded' });
    expect(till.join?.topUp?.state).toBe('recorded');
    const refused = await opened('fake=top_up_refused');
    await refused.till.newCustomer('Mei', { unit: 'wash', amount: 10 });
    expect(refused.till.join?.topUp).toMatchObject({ state: 'refused', reason: 'limit_exceeded' });
  });

  it('shows the join code of a new customer, and of the practice customer by itself', async () => {
    const { till } = await opened('fake=idle');
    await till.newCustomer(' Mei ', { unit: 'wash', amount: 10 });
    expect(till.join?.customer.name).toBe('Mei');
    till.closeJoin();
    expect(till.join).toBeNull();
    const practice = await opened('fake=idle&practice');
    await vi.waitFor(() => expect(practice.till.join?.url).toContain('#join='));
  });
});
