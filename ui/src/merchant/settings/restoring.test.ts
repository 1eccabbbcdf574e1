import { describe, expect, it, vi } from 'vitest';
import { FakeBridge } from '../fake';
import { Restoring } from './restoring.svelte';

function open(fake: string) {
  const bridge = new FakeBridge(new URLSearchParams({ fake }));
  const ended = vi.fn(async () => undefined);
  const restore = vi.spyOn(bridge, 'restore');
  return { restoring: new Restoring(bridge, ended), ended, restore };
}

describe('the way back from a backup', () => {
  it('looks at a file first, and restores what was looked at', async () => {
    const { restoring, ended, restore } = open('idle');
    await restoring.look();
    expect(restoring.state.status).toBe('rest');
    restoring.choose('/media/usb/notes.txt');
    await restoring.look();
    expect(restoring.state).toEqual({ status: 'failed', reason: 'backup_other', holds: null });
    await restoring.restore();
    expect(restore).not.toHaveBeenCalled();
    restoring.choose(' /media/usb/one.backup ');
    await restoring.look();
    expect(restoring.state).toMatchObject({ status: 'looked', holds: { shops: ['Practice', 'Lotus Car Wash'] } });
    await restoring.restore();
    expect(restore).toHaveBeenCalledWith('/media/usb/one.backup', '', false);
    expect(ended).toHaveBeenCalledWith(true);
    expect(restoring.file).toBe('');
  });

  it('asks for a passphrase where there is one', async () => {
    const { restoring } = open('idle');
    restoring.choose('/media/usb/sealed.backup');
    expect(restoring.isSealed).toBe(false);
    await restoring.look();
    expect(restoring.isSealed).toBe(true);
    restoring.passphrase = 'rose';
    await restoring.look();
    expect(restoring.state).toMatchObject({ status: 'failed', reason: 'passphrase_wrong' });
    restoring.passphrase = 'lotus';
    await restoring.look();
    expect(restoring.state.status).toBe('looked');
  });

  it('says that something is in doubt, and goes on all the same only when told', async () => {
    const { restoring, ended, restore } = open('doubt');
    restoring.choose('one.backup');
    await restoring.look();
    await restoring.restore();
    expect(restoring.state).toMatchObject({ status: 'failed', reason: 'unsettled' });
    expect(ended).not.toHaveBeenCalled();
    await restoring.restore(true);
    expect(restore).toHaveBeenLastCalledWith('one.backup', '', true);
    expect(ended).toHaveBeenCalledWith(true);
  });

  it('keeps what was looked at when it fails, and has the till opened anew', async () => {
    const { restoring, ended } = open('not_saved');
    restoring.choose('one.backup');
    await restoring.look();
    await restoring.restore();
    expect(restoring.state).toMatchObject({ status: 'failed', reason: 'not_saved', holds: { entries: 12_841 } });
    expect(ended).toHaveBeenCalledWith(false);
    restoring.forget();
    expect(restoring.state.status).toBe('rest');
  });
});
