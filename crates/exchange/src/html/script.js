'use strict';
(function () {
  var root = document.documentElement;
  var one = function (selector) { return document.querySelector(selector); };
  var all = function (selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); };

  function speak(language) {
    root.lang = language;
    var chinese = language === 'zh-CN';
    all('[data-en]').forEach(function (element) {
      var text = element.getAttribute(chinese ? 'data-zh' : 'data-en');
      if (element.tagName === 'INPUT') { element.placeholder = text; element.setAttribute('aria-label', text); }
      else if (element.tagName === 'OPTION' || element.tagName === 'TITLE') { element.textContent = text; }
      else { element.title = text; element.setAttribute('aria-label', text); }
    });
    filter();
  }

  var rows = all('.rows > tr');
  var words = rows.map(function (row) { return row.textContent.toLowerCase(); });
  var folds = all('details.fold');
  var opened = folds.map(function (fold) { return fold.open; });

  function wanted(selector) {
    var control = one(selector);
    return control ? (control.type === 'checkbox' ? control.checked : control.value) : '';
  }

  function filter() {
    if (!rows.length) { return; }
    var sought = String(wanted('#search')).toLowerCase().split(/\s+/).filter(Boolean);
    var severity = wanted('#severity'), family = wanted('#family');
    var fixable = wanted('#fixable'), exploited = wanted('#exploited');
    var shown = 0;
    rows.forEach(function (row, index) {
      var data = row.dataset;
      var fits = (!severity || data.severity === severity) && (!family || data.family === family)
        && (!fixable || data.fix) && (!exploited || data.kev)
        && sought.every(function (word) { return words[index].indexOf(word) !== -1; });
      row.hidden = !fits;
      if (fits) { shown += 1; }
    });
    all('.shown').forEach(function (element) { element.textContent = String(shown); });
    // Somebody who looks for a check finds it behind a fold as well.
    folds.forEach(function (fold, index) {
      if (fold.querySelector('.rows')) {
        fold.open = sought.length ? Boolean(fold.querySelector('.rows > tr:not([hidden])')) : opened[index];
      }
    });
  }

  function sort(header) {
    var body = one('#findings tbody');
    var column = header.dataset.sort;
    var down = header.getAttribute('aria-sort') !== 'descending';
    all('#findings th').forEach(function (other) { other.removeAttribute('aria-sort'); });
    header.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    var value = function (row) { return row.dataset[column] || ''; };
    var numeric = column === 'rank' || column === 'epss';
    Array.prototype.slice.call(body.rows).sort(function (a, b) {
      var order = numeric ? Number(value(a) || -1) - Number(value(b) || -1) : value(a).localeCompare(value(b), undefined, { numeric: true });
      return down ? -order : order;
    }).forEach(function (row) { body.appendChild(row); });
  }

  // Paper has no folds: what is behind them is printed, and folded again.
  var printed = [];
  window.addEventListener('beforeprint', function () {
    printed = folds.filter(function (fold) { return !fold.open; });
    printed.forEach(function (fold) { fold.open = true; });
  });
  window.addEventListener('afterprint', function () {
    printed.forEach(function (fold) { fold.open = false; });
  });

  ['#search', '#severity', '#family', '#fixable', '#exploited'].forEach(function (selector) {
    var control = one(selector);
    if (control) { control.addEventListener('input', filter); }
  });
  all('#findings th[data-sort]').forEach(function (header) {
    header.querySelector('button').addEventListener('click', function () { sort(header); });
  });
  one('#language').addEventListener('click', function () { speak(root.lang === 'en' ? 'zh-CN' : 'en'); });
  one('#theme').addEventListener('click', function () {
    var dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });
  speak(root.lang);
})();
