#!/bin/sh
# Lets the model compute one step: 'sh probe.sh [HTTP_PORT [SECONDS [METRICS_PORT]]]' beside the
# Triton server, with the curl of its image; 8000, 10 and 8002 without.
#
# Exit code 0: it computes, or it lives and has no place for a session free, which no restart mends.
# 1: it does not compute, or Triton cannot be reached. Written by 'bookend export'.
set -u
model='@MODEL@'
triton=http://localhost:${1:-8000}/v2/models/$model
seconds=${2:-10}
metrics=http://localhost:${3:-8002}/metrics

# START and END in one request: whenever it runs, it leaves its place at once.
id=1$(od -An -N6 -tu8 /dev/urandom | tr -d ' ')
step='{"parameters":{"sequence_id":'$id',"sequence_start":true,"sequence_end":true},"inputs":[
{"name":"hidden","shape":[@TOKENS@,@WIDTH@],"datatype":"@TYPE@","parameters":{"binary_data_size":@BYTES@}},
{"name":"positions","shape":[@TOKENS@],"datatype":"INT32","data":[@PLACES@]},
{"name":"slots","shape":[@TOKENS@],"datatype":"INT32","data":[@PLACES@]},
{"name":"cached","shape":[@TOKENS@],"datatype":"BOOL","data":[@CACHED@]},
{"name":"tree","shape":[@TOKENS@,@TOKENS@],"datatype":"BOOL","data":[@TREE@]}],
"outputs":[{"name":"hidden_out","parameters":{"binary_data":true}}]}'

# The byte of '?' again and again is a small number in FP16 and in FP32.
{ printf %s "$step"; head -c @BYTES@ /dev/zero | tr '\0' '?'; } |
  curl -fsS -o /dev/null --max-time "$seconds" --data-binary @- \
    -H "Inference-Header-Content-Length: ${#step}" "$triton/infer"
code=$?
if [ $code -eq 0 ]; then
  echo "$model computes"
  exit 0
fi
[ $code -eq 28 ] || exit 1 # 28: no answer in time

# It waits for a place, unless no request waits, or a place should long be free.
waiting=
for count in $(curl -fsS --max-time 2 "$metrics" | sed -n \
  "s/^nv_inference_pending_request_count{.*model=\"$model\(-stage-[0-9]*\)\{0,1\}\".*} \([0-9]*\).*/\2/p"); do
  waiting=$((${waiting:-0} + count))
done
last=$(curl -fsS --max-time 2 "$triton/stats" | sed -n 's/.*"last_inference":\([0-9]*\).*/\1/p')
if [ "${waiting:-1}" -gt 0 ] && [ "${last:-0}" -gt 0 ] &&
  [ $(($(date +%s) - last / 1000)) -le $((@IDLE@ + 10)) ]; then
  echo "$model has no place for a session free"
  exit 0
fi
echo "$model does not compute" >&2
exit 1
