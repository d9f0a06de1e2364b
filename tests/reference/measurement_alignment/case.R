# Alignment of the five neuroticism items over levels of education: configural estimates of lavaan, the loss of Asparouhov
# and Muthen (2014) written out pair by pair, minimised by optim from 20 starts without derivatives.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
bfi <- read_bfi()
bfi <- bfi[!is.na(bfi$education), ]
fit <- cfa(paste("N =~", paste(scales$N, collapse = " + ")), data = bfi, group = "education", std.lv = TRUE)
est <- lavInspect(fit, "est")
n <- lavInspect(fit, "nobs")
lambda0 <- t(sapply(est, function(e) e$lambda[, 1]))
nu0 <- t(sapply(est, function(e) e$nu[, 1]))
G <- length(n)
loss <- function(free) {
  alpha <- c(0, free[1:(G - 1)])
  sd <- exp(c(0, free[G:(2 * G - 2)]))
  total <- 0
  weight <- 0
  for (g in 1:(G - 1)) for (h in (g + 1):G) {
    w <- sqrt(n[g] * n[h])
    weight <- weight + w
    d_lambda <- lambda0[g, ] / sd[g] - lambda0[h, ] / sd[h]
    d_nu <- nu0[g, ] - alpha[g] * lambda0[g, ] / sd[g] - nu0[h, ] + alpha[h] * lambda0[h, ] / sd[h]
    total <- total + w * sum((d_lambda^2 + 0.01)^0.25 + (d_nu^2 + 0.01)^0.25)
  }
  total / weight
}
set.seed(7)
best <- NULL
for (k in 1:20) {
  found <- optim(rnorm(2 * G - 2, sd = 0.2), loss, method = "BFGS", control = list(maxit = 2000, reltol = 1e-14))
  if (is.null(best) || found$value < best$value) best <- found
}
write_table(data.frame(label = names(est), mean = c(0, best$par[1:(G - 1)]), sd = exp(c(0, best$par[G:(2 * G - 2)])),
                       loss = best$value), "aligned.csv")
write_session("lavaan")
