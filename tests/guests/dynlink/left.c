// Needs right.c, which needs this.
int right(int x);
extern int right_value;

int left_value = 5;
int *left_to_right = &right_value;
int (*left_calls)(int) = right;

int left(int x) {
    return x <= 0 ? left_value : right(x - 1) + right_value;
}

int left_through_pointers(void) {
    return left_calls(0) + *left_to_right;
}
