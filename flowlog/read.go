package flowlog

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// Options say what Read does with what it reads.
type Options struct {
	// Keep says which records Each gets; nil: all. Several goroutines call it
	// at once.
	Keep func(*Record) bool
	// Denials says that only denials matter, which is quicker: a record of what
	// was let through may have nothing but its kind and action.
	Denials bool
	// Each gets the records, one after another in the order of the log, from
	// whatever goroutine. A record is only its own until it returns.
	Each func(*Record)
	// Unparsed gets what could not be read, in the order of the log.
	Unparsed func(Unparsed)
	// Progress is told now and then how many bytes were read, compressed as
	// they are.
	Progress func(bytes int64)
}

// Stats are how much was read.
type Stats struct {
	Entries  int64 // with those that could not be read
	Unparsed int64
	Kinds    map[Kind]int64
	// Stopped says that the reading stopped before the end.
	Stopped bool
}

func (s *Stats) add(t Stats) {
	s.Entries += t.Entries
	s.Unparsed += t.Unparsed
	s.Stopped = s.Stopped || t.Stopped
	if s.Kinds == nil {
		s.Kinds = map[Kind]int64{}
	}
	for k, n := range t.Kinds {
		s.Kinds[k] += n
	}
}

// Limits of what is held at once.
const (
	blockSize = 1 << 18
	maxLine   = 16 << 20 // Event Hub delivers at most 1 MiB at once
)

// Read reads a log. An error is one of reading, not of what the log holds.
func Read(r io.Reader, o Options) (Stats, error) {
	if o.Keep == nil {
		o.Keep = func(*Record) bool { return true }
	}
	if o.Each == nil {
		o.Each = func(*Record) {}
	}
	if o.Unparsed == nil {
		o.Unparsed = func(Unparsed) {}
	}
	if o.Progress != nil {
		r = &metered{r: r, tell: o.Progress}
	}
	in, err := decoded(r)
	if err != nil {
		return Stats{}, err
	}
	sample, err := in.Peek(blockSize)
	whole := errors.Is(err, io.EOF) || isDamage(err)
	if err != nil && !whole {
		return Stats{}, err
	}
	start := bytes.TrimLeft(sample, " \t\r\n")
	switch {
	case len(start) == 0 && errors.Is(err, io.EOF):
		return Stats{}, nil
	case len(start) > 0 && (start[0] == '[' || start[0] == '{' && !objectsByLine(start, whole)):
		return documents(in, o)
	}
	start = afterPreface(start)
	if _, columns := header(start); columns != nil {
		return table(in, o)
	}
	return lines(in, o)
}

// damage is what is wrong with a compressed log that has begun well: what was
// unpacked before it counts.
type damage struct{ err error }

func (d damage) Error() string { return "is not whole gzip: " + d.err.Error() }

func isDamage(err error) bool {
	var d damage
	return errors.As(err, &d)
}

// unpacked reads gzip.
type unpacked struct{ in *gzip.Reader }

func (u unpacked) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	var corrupt flate.CorruptInputError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt) {
		err = damage{err}
	}
	return n, err
}

// stop says that the reading stopped at a line, if damage is why; any other
// error stays one.
func (s *Stats) stop(err error, line int64, o Options) error {
	if !isDamage(err) {
		return err
	}
	s.Entries++
	s.Unparsed++
	s.Stopped = true
	o.Unparsed(Unparsed{Line: line, Reason: err.Error(), Rest: true})
	return nil
}

// objectsByLine reports whether a text that begins with an object has one a
// line, rather than one that goes over many.
func objectsByLine(text []byte, whole bool) bool {
	for len(text) > 0 {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		if line = bytes.TrimRight(line, " \t\r,"); len(line) > 0 && line[0] == '{' && (ended || whole) {
			var f fields
			if scanLine(line, &f) {
				return f[fTables].form != '[' // which is an answer on a line
			}
		}
		text = rest
	}
	return false
}

// metered tells how much was read.
type metered struct {
	r    io.Reader
	n    int64
	tell func(int64)
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	m.tell(m.n)
	return n, err
}

// decoded is the text of a log: unpacked, as UTF-8, without a byte order mark.
func decoded(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, blockSize)
	if beginning, err := in.Peek(4); err == nil {
		if what := archive(beginning); what != "" {
			return nil, errors.New("is " + what)
		}
	}
	for range 2 { // what was compressed is compressed again by some who store it
		magic, err := in.Peek(2)
		if err != nil && !errors.Is(err, io.EOF) && !isDamage(err) {
			return nil, err
		}
		if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
			break
		}
		packed, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("is not whole gzip: %w", err)
		}
		in = bufio.NewReaderSize(unpacked{packed}, blockSize)
	}
	mark, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) && !isDamage(err) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(mark, byteOrderMark):
		_, err = in.Discard(len(byteOrderMark))
		return in, err
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		if _, err := in.Discard(2); err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(&wide{in: in, high: int(mark[0] & 1)}, blockSize), nil
	case len(mark) == 4 && (mark[0] == 0) != (mark[1] == 0) && (mark[0] == 0) == (mark[2] == 0) && (mark[1] == 0) == (mark[3] == 0):
		high := 0 // logs begin with ASCII, so that the zeros are the higher bytes
		if mark[1] == 0 {
			high = 1
		}
		return bufio.NewReaderSize(&wide{in: in, high: high}, blockSize), nil
	}
	return in, nil
}

// archive is what a file is by its beginning, where it is nothing that is read,
// and what to do; empty for any other.
func archive(beginning []byte) string {
	switch string(beginning) {
	case "Obj\x01":
		return "Avro, as Event Hubs Capture writes it, which is not read: give its bodies as JSON, an object a line"
	case "PK\x03\x04":
		return "a zip archive: unpack it, or give its files to standard input"
	case "PAR1":
		return "Parquet, which is not read: give the same as JSON or CSV"
	case "\x28\xb5\x2f\xfd":
		return "compressed with zstd: give what zstd -dc prints to standard input"
	default:
		return ""
	}
}

// byteOrderMark begins texts in UTF-8, and stands in the middle where such texts
// were put together.
var byteOrderMark = []byte("\xef\xbb\xbf")

// wide reads UTF-16 as UTF-8.
type wide struct {
	in   io.Reader
	high int // which byte of a unit is the higher: 0 or 1
	odd  []byte
	lead rune // the first half of a pair
	out  []byte
	err  error
}

func (w *wide) Read(p []byte) (int, error) {
	for len(w.out) == 0 && w.err == nil {
		buffer := make([]byte, 4096)
		n := copy(buffer, w.odd)
		var more int
		more, w.err = w.in.Read(buffer[n:])
		n += more
		text := w.out[:0]
		for i := 0; i+1 < n; i += 2 {
			unit := rune(buffer[i+w.high])<<8 | rune(buffer[i+1-w.high])
			switch {
			case w.lead != 0:
				text = utf8.AppendRune(text, utf16.DecodeRune(w.lead, unit))
				w.lead = 0
			case utf16.IsSurrogate(unit):
				w.lead = unit
			default:
				text = utf8.AppendRune(text, unit)
			}
		}
		w.odd = append(w.odd[:0], buffer[n&^1:n]...)
		w.out = text
	}
	if len(w.out) == 0 {
		return 0, w.err
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}

// block is some whole lines, and what became of them.
type block struct {
	text     []byte
	skipped  bool // a line too long to hold: text is its beginning
	records  []Record
	unparsed []Unparsed // lines counted from the block's first
	stats    Stats
	lines    int64
	turn     chan struct{} // closed when the block before is handed over
	done     chan struct{} // closed when this one is
}

// lines reads a log with an entry a line. Blocks of lines are read side by side
// and handed over in order, each by the goroutine that has read it and so has
// its records in its processor's cache.
func lines(in io.Reader, o Options) (Stats, error) {
	workers := runtime.GOMAXPROCS(0) + 1 // one waits for its turn
	work := make(chan *block)
	free := make(chan *block, workers+2)
	for range cap(free) {
		free <- &block{}
	}
	stats := Stats{Kinds: map[Kind]int64{}}
	line := int64(0)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			b := builder{brief: o.Denials}
			for k := range work {
				k.read(&b, o.Keep)
				<-k.turn
				for i := range k.records {
					o.Each(&k.records[i])
				}
				for _, u := range k.unparsed {
					u.Line += line
					o.Unparsed(u)
				}
				line += k.lines
				stats.add(k.stats)
				close(k.done)
				free <- k
			}
		})
	}
	turn := make(chan struct{})
	close(turn)
	err := blocks(in, free, func(k *block) {
		k.turn, k.done = turn, make(chan struct{})
		turn = k.done
		work <- k
	})
	close(work)
	group.Wait()
	return stats, stats.stop(err, line, o)
}

// blocks cuts a text into blocks of whole lines.
func blocks(in io.Reader, free <-chan *block, each func(*block)) error {
	var tail []byte
	skipping := false // the rest of a line that was too long
	for {
		k := <-free
		k.text = append(k.text[:0], tail...)
		k.skipped = false
		held := len(k.text)
		if cap(k.text) < held+blockSize {
			k.text = append(make([]byte, 0, held+blockSize), k.text...)
		}
		n, err := io.ReadFull(in, k.text[held:held+blockSize])
		k.text = k.text[:held+n]
		ended := err != nil
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil
		}
		if skipping {
			i := bytes.IndexByte(k.text, '\n')
			switch {
			case i >= 0:
				k.text = append(k.text[:0], k.text[i+1:]...)
				skipping = false
			default:
				k.text = k.text[:0]
			}
		}
		tail = tail[:0]
		if i := bytes.LastIndexByte(k.text, '\n'); !ended {
			if i < 0 && len(k.text) > maxLine {
				k.text, k.skipped, skipping = k.text[:100], true, true
			} else {
				tail = append(tail, k.text[i+1:]...)
				k.text = k.text[:i+1]
			}
		}
		each(k)
		if ended {
			return err
		}
	}
}

// read reads the lines of a block.
func (k *block) read(b *builder, keep func(*Record) bool) {
	k.records, k.unparsed, k.lines = k.records[:0], k.unparsed[:0], 0
	k.stats = Stats{Kinds: map[Kind]int64{}}
	if k.skipped {
		k.lines = 1
		k.fail(1, k.text, fmt.Sprintf("is longer than %d MiB", maxLine>>20))
		return
	}
	kind, n := Kind(""), int64(0) // of the entries that came last
	each := func(r *Record) {
		k.stats.Entries++
		if r.Kind != kind {
			if n > 0 {
				k.stats.Kinds[kind] += n
			}
			kind, n = r.Kind, 0
		}
		n++
		if keep(r) {
			b.r = k.next()
		}
	}
	b.r = k.next()
	for text := k.text; len(text) > 0; {
		if length, reason := b.known(text, each); length > 0 {
			k.lines++
			if reason != "" {
				k.fail(k.lines, text[:length], reason)
			}
			text = text[min(length+1, len(text)):]
			continue
		}
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		k.lines++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		b.line(line, each, func(text []byte, reason string) { k.fail(k.lines, text, reason) })
	}
	k.records = k.records[:len(k.records)-1] // the one that was not made
	if n > 0 {
		k.stats.Kinds[kind] += n
	}
}

// next is the record to be made next, which may hold another as yet.
func (k *block) next() *Record {
	n := len(k.records)
	if n < cap(k.records) {
		k.records = k.records[:n+1]
	} else {
		k.records = append(k.records, Record{})
	}
	return &k.records[n]
}

func (k *block) fail(line int64, text []byte, reason string) {
	k.stats.Entries++
	k.stats.Unparsed++
	k.unparsed = append(k.unparsed, Unparsed{Line: line, Text: beginning(text), Reason: reason})
}

// beginning is the beginning of a text that cannot be read.
func beginning(text []byte) string {
	const most = 2000
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}
