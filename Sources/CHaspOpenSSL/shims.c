#include "CHaspOpenSSL.h"
