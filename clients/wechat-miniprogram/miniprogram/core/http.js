// Calls of the server through `wx.request`: an answer is a value or a code, and never throws.

const CALL_MS = 10000;

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
  if (status >= 200 && status < 300) {
    const value = read(data);
    return value === null ? { ok: false, code: 'internal', status } : { ok: true, value };
  }
  const code = typeof data === 'object' && data !== null && typeof data.code === 'string' ? data.code : ofStatus(status);
  return { ok: false, code, status };
}

/** An answer that is not the server's own comes from something in between. */
function ofStatus(status) {
  if (status === 401) return 'token_invalid';
  if (status === 404) return 'not_found';
  if (status === 429) return 'too_many_attempts';
  return status >= 500 ? 'offline' : 'internal';
}

module.exports = { call };
