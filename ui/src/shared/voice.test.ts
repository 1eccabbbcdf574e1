import { describe, expect, it } from 'vitest';
import { Voice, voiceFor } from './voice.svelte';

const voice = (lang: string, localService = true, isDefault = false) => ({ lang, localService, default: isDefault });

describe('the voice', () => {
  it('speaks the language, by the system’s choice if that does', () => {
    const voices = [voice('de-DE', true, true), voice('en-GB'), voice('en-US', true, true), voice('zh_CN')];
    expect(voiceFor(voices, 'en')?.lang).toBe('en-US');
    expect(voiceFor(voices, 'zh')?.lang).toBe('zh_CN');
    expect(voiceFor([voice('de-DE')], 'zh')).toBeNull();
  });

  it('is never one that sends what it says elsewhere', () => {
    expect(voiceFor([voice('en-US', false, true)], 'en')).toBeNull();
  });

  it('is none where the page cannot speak', () => {
    expect(new Voice().speaks('en')).toBe(false);
  });
});
