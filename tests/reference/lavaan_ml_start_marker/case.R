# A marker indicator with a starting value is fixed at it; a loading equal to another by name.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data)
write_case(fit)
