#!/usr/bin/env bash
# All steps from photos to the shipped model; a step is skipped once its result is there.
#
#   recipes/shipped_model.sh UTKFACE LFW LFW_UNLABELLED NETWORKS IMAGENET OUT
#
# UTKFACE and LFW are folders of labels.csv and final_files/, LFW_UNLABELLED one of photos, NETWORKS
# one of face recognition networks with load.py (see recipes/teachers.py), IMAGENET a file of
# ResNet-18 weights. EPOCHS_TEACHER, EPOCHS_FIRST, EPOCHS_SECOND and EPOCHS_BALANCED shorten a trial.
set -euo pipefail
utkface=$1 lfw=$2 unlabelled=$3 networks=$4 imagenet=$5 out=$6
python=${PYTHON:-python}
cache=$out/faces
licence="Trained on UTKFace and LFW, with teachers that learned from VGGFace2, IMDB-WIKI and other \
collections of face photos: for non-commercial research only; the photos belong to their owners."

[ -f "$out/unlabelled/labels.csv" ] || $python -m recipes.gather --utkface "$utkface" --lfw "$lfw" \
    --out "$out/data" --unlabelled-photos "$unlabelled" --unlabelled-out "$out/unlabelled"
prepare() { $python -m age_model prepare --data-dir "$1" --out "$cache" --face-size 160 |
    tee /dev/stderr | sed -n 's/.*--prepared //p'; }
faces=$(prepare "$out/data")
others=$(prepare "$out/unlabelled")

teach() { # NAME NETWORK BODY_LR GENTLE SEED
    [ -f "$out/$1.pt" ] || $python -m recipes.teachers --networks "$networks" --name "$2" \
        --prepared "$faces" --out "$out/$1.pt" --epochs "${EPOCHS_TEACHER:-24}" \
        --body-lr "$3" --gentle "$4" --seed "$5"
}
teach mobilenet-1 mobilenetv1-vggface2-age 3e-4 6 0
teach mobilenet-2 mobilenetv1-vggface2-age 1e-3 24 1
teach dlib dlib-resnet29-face 3e-4 24 1

train() { # NAME EPOCHS FURTHER OPTIONS
    name=$1 epochs=$2
    shift 2
    [ -d "$out/$name/evaluation" ] || $python train.py --prepared "$faces" --unlabelled "$others" \
        --runs "$out" --name "$name" --epochs "$epochs" --batch-size 256 --restyle 0.3 \
        --patience 200 --imitation 1.0 --teacher-weight 0.6 \
        --teacher "$out/mobilenet-1.pt,$out/mobilenet-2.pt,$out/dlib.pt" \
        --licence "$licence" "$@"
}
train first "${EPOCHS_FIRST:-22}" --init "$imagenet" --start-size 112 --gentle-epochs 5 --seed 21
train second "${EPOCHS_SECOND:-11}" --init "$out/first/best.pt" --lr 6e-4 --warmup 0.5 \
    --gentle-epochs 4 --seed 31
train balanced "${EPOCHS_BALANCED:-44}" --init "$imagenet" --start-size 112 --balanced-share 0.3 \
    --gentle-epochs 8 --seed 41

release=$out/release
[ -f "$release/evaluation/metrics.json" ] || {
    $python -m age_model combine "$out/balanced/model" "$out/second/model" \
        --data-dir "$out/data" --cache-dir "$cache" --out "$release/model"
    $python -m age_model evaluate --model "$release/model" --data-dir "$out/data" \
        --cache-dir "$cache" --out "$release/evaluation/predictions.csv" \
        --json "$release/evaluation/metrics.json"
}
echo "The model is in $release; AGE_RELEASE=$release shows it in the app."
