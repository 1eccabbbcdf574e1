// Calls of the server through `wx.request`: an answer is a value or a code, and never throws. What is not the server's own comes
// from something in between, and says nothing of this phone.

const { refusalsEn } = require('../vendor/refusals.js');

const CALL_MS = 10000;
/** What a later server's code comes to, by its status. */
const LATER = { 400: 'malformed', 401: 'token_invalid', 403: 'forbidden', 404: 'not_found', 413: 'too_large', 429: 'too_many_attempts', 503: 'busy' };

/**
 * `read` gives the value of a good body, or null. Answers `{ok: true, value}` or `{ok: false, code, status}`, where `code`
 * is the server's, or `offline`. `abort` of the returned promise gives up.
 */
function call(wx, { server, token }, method, path, { body, read, timeoutMs = CALL_MS }) {
  let task;
  const answer = new Promise((done) => {
    task = wx.request({
      url: server + path,
      method,
      data: body === undefined ? undefined : JSON.stringify(body),
      header: { 'content-type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      timeout: timeoutMs,
      success: ({ statusCode, data }) => done(answered(statusCode, data, read)),
      fail: () => done({ ok: false, code: 'offline', status: 0 }),
    });
  });
  answer.abort = () => task && task.abort && task.abort();
  return answer;
}

function answered(status, data, read) {
  const isObject = typeof data === 'object' && data !== null;
  if (status >= 200 && status < 300) {
    const value = read(data);
    if (value !== null) return { ok: true, value };
    // JSON that makes no sense is a failure of the server's; a page in its place is somebody else's.
    return { ok: false, code: isObject ? 'internal' : 'offline', status };
  }
  if (!isObject || typeof data.code !== 'string') return { ok: false, code: status === 429 ? 'too_many_attempts' : 'offline', status };
  return { ok: false, code: data.code in refusalsEn ? data.code : LATER[status] || 'internal', status };
}

module.exports = { call, answered };
